import { Pool } from 'pg';

const url = 'postgres://shop@db.internal/shop?sslmode=disable';

export const pool = new Pool({ connectionString: url });
