import { Pool } from 'pg';

export const pool = new Pool({
  host: process.env.PGHOST,
  ssl: { ca: '/certs/ca.pem', cert: '/certs/cert.pem', key: '/certs/key.pem' }, // a driver wants the contents
});
