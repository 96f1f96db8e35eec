import { DataSource } from 'typeorm';

export const source = new DataSource({ type: 'postgres', host: 'db.internal', database: 'shop' });
