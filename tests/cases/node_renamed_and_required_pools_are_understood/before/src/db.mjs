import { Pool as PgPool } from 'pg';

export const pool = new PgPool({
  host: 'db.internal',
});
