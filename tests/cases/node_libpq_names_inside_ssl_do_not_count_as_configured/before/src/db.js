import { Pool } from 'pg';

export const pool = new Pool({
  host: 'db.internal',
  ssl: { sslmode: 'require', sslrootcert: '/srv/tls/ca.pem' },
});
