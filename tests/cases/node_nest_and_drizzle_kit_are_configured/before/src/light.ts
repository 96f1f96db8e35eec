import { drizzle } from 'drizzle-orm/postgres-js';

export const db = drizzle({ connection: { url: 'postgres://shop@db.internal/shop', max: 1 } });
