import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';

export const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL });
export const other = new PrismaPg(new Pool({ host: 'db.internal' }));
export const plain = new PrismaPg(process.env.PLAIN_URL);
