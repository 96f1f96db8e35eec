import { readFileSync } from 'node:fs';
import { Client, Pool } from 'pg';

export const pool = new Pool({
  host: 'db.internal',
  ssl: { ca: readFileSync('/srv/tls/ca.pem', 'utf8') },
});
export const unchecked = new Client({
  host: 'db.internal',
  ssl: { rejectUnauthorized: false, ca: process.env.CA, cert: process.env.CERT, key: process.env.KEY },
});
export const chosen = new Client({
  host: 'db.internal',
  ssl: process.env.NODE_ENV === 'production' ? { rejectUnauthorized: true } : false,
});
