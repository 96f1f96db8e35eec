import { Client, Pool } from 'undici';

// Not 'pg': requests to the database's REST interface.
export const pool = new Pool('https://db.internal', { connections: 4 });
export const client = new Client({ host: 'db.internal' });
