import { Pool } from 'pg';
import { readFileSync } from './virtual-files.js';

export const banner = readFileSync('banner.txt');
export const pool = new Pool({
  host: 'db.internal',
});
