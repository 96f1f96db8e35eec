import { Client, Pool, type ClientConfig, type PoolConfig } from 'pg';

const config = {
  host: 'db.internal',
  max: 4,
} satisfies PoolConfig;

export const pool: Pool = new Pool(config);
export const client = new Client({
  host: 'db.internal',
} as ClientConfig);
