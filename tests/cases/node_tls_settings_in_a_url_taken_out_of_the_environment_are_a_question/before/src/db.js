import { Pool } from 'pg';

const { DATABASE_URL } = process.env;

export const pool = new Pool({ connectionString: DATABASE_URL });
