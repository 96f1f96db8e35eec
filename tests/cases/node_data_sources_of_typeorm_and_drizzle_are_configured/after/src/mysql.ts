import { DataSource } from 'typeorm';

// postgres was here
export const source = new DataSource({ type: 'mysql', host: 'db.internal' });
