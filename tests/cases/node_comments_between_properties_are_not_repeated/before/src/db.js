import { Pool } from 'pg';

export const pool = new Pool({
  host: 'db.internal', // the pooler
  /* per process */ max: 3
});
