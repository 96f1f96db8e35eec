import { Pool } from 'pg';

export const runtime = 'edge';

const pool = new Pool({ host: 'db.internal' });
