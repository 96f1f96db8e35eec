import type { DataSourceOptions } from 'typeorm';

export const options: DataSourceOptions = {
  type: 'postgres',
  host: process.env.DB_HOST,
  database: 'shop',
};
