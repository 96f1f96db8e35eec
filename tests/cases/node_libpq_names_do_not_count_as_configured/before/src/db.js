import { Pool } from 'pg';

export const pool = new Pool({
  host: 'db.internal',
  sslmode: 'require', // node-postgres does not read this
});
