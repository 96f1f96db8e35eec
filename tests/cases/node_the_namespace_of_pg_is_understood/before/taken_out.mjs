import pg from 'pg';
const { Client } = pg;

export const client = new Client({
  host: 'db.internal'
});
