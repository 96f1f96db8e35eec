import { DataSource } from 'typeorm';
import { load } from './config';

// PostgreSQL, from what the vault says
export const source = new DataSource(load());
