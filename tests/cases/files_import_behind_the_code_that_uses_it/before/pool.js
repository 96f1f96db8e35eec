import { Pool } from 'pg';

const ca = null;
export const pool = new Pool({ ca });
