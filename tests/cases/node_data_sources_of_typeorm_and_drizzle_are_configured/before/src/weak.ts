import { DataSource } from 'typeorm';

export const weak = new DataSource({
  type: 'postgres',
  host: 'db.internal',
  ssl: { rejectUnauthorized: false },
});
export const own = new DataSource({ type: 'postgres', host: 'db.internal', extra: { ssl: true } });
