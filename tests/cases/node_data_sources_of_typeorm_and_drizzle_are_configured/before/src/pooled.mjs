import { drizzle } from 'drizzle-orm/node-postgres';
import { Pool } from 'pg';

const pool = new Pool({ host: 'db.internal' });
export const db = drizzle({ client: pool });
