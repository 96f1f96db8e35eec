import { readFileSync as read } from 'node:fs';
import { createSecureContext } from 'tls';
import { Pool } from 'pg';

export const banner = read('banner.txt', 'utf8');
export const pool = new Pool({
  host: 'db.internal',
});
