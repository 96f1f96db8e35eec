import { drizzle } from 'drizzle-orm/node-postgres';

export const db = drizzle({
  connection: {
    host: 'db.internal',
    database: 'shop',
  },
  casing: 'snake_case',
});
