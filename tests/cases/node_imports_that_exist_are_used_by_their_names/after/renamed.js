import { readFileSync as read } from 'node:fs';
import { createSecureContext } from 'tls';
import { Pool } from 'pg';

export const banner = read('banner.txt', 'utf8');
export const pool = new Pool({
  host: 'db.internal',
  ssl: {
    rejectUnauthorized: true,
    // Read for every new connection: not at build time, and again after rotation.
    get secureContext() {
      try {
        return createSecureContext({
          ca: read('/etc/certs/server-ca.pem', 'utf8'),
          cert: read('/etc/certs/client-cert.pem', 'utf8'),
          key: read('/etc/certs/client-key.pem', 'utf8'),
        });
      } catch (error) {
        console.error('PostgreSQL TLS files cannot be used:', error);
        return createSecureContext({ ca: [] }); // trusts no server: the connection is refused
      }
    },
  },
});
