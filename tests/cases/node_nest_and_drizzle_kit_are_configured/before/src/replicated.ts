import { DataSource } from 'typeorm';

export const source = new DataSource({ type: 'postgres', replication: { master: { host: 'a' }, slaves: [] } });
