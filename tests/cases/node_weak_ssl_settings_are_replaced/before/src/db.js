import { Client, Pool } from 'pg';

export const off = new Pool({
  host: 'db.internal',
  ssl: false, // until the certificates are there
  max: 2,
});
export const on = new Pool({
  host: 'db.internal',
  ssl: true
});
export const anybody = new Client({
  host: 'db.internal',
  ssl: { rejectUnauthorized: false },
});
export const word = new Client({
  ssl: 'require',
  host: 'db.internal',
});
