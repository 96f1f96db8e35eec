import { drizzle } from 'drizzle-orm/node-postgres';

export const db = drizzle(process.env.DRIZZLE_URL!);
export const named = drizzle(process.env.DRIZZLE_URL!, { casing: 'snake_case' });
export const text = drizzle({ connection: process.env.DRIZZLE_URL! });
