import pg from 'pg';

const pool = new pg.Pool({ host: 'db.internal' });
export default pool;
