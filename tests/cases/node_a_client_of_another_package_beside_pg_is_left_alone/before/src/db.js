import pg, { Pool } from 'pg';
import { Client } from 'undici';

export const rest = new Client({ host: 'rest.internal' });
export const pool = new Pool({
  host: 'db.internal',
});
