import { Pool } from 'pg';
import { readFileSync } from 'node:fs';

const ca = null;
export const pool = new Pool({ ca: readFileSync('ca.pem') });
