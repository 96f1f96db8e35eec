import * as files from 'fs';
import tls from 'node:tls';
import { Pool } from 'pg';

export const banner = files.readFileSync('banner.txt', 'utf8');
export const pool = new Pool({
  host: 'db.internal',
});
export const ciphers = tls.getCiphers();
