import { Client, Pool } from 'pg';

export const pool = new Pool({
  host: 'db.internal',
  database: 'shop',
  max: 10,
});

export async function once(query) {
  const client = new Client({
    host: 'db.internal',
    database: 'shop',
  });
  await client.connect();
  return client.query(query);
}
