import { Pool } from 'pg';

// The host and the database come from PGHOST and PGDATABASE; `ssl` wins over PGSSLMODE.
export const pool = new Pool({
  max: 4,
});
