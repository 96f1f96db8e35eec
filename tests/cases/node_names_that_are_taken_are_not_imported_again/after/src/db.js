import { Pool } from 'pg';
import { readFileSync } from './virtual-files.js';
import { readFileSync as readFileSync2 } from 'node:fs';
import { createSecureContext } from 'node:tls';

export const banner = readFileSync('banner.txt');
export const pool = new Pool({
  host: 'db.internal',
  ssl: {
    rejectUnauthorized: true,
    // Read for every new connection: not at build time, and again after rotation.
    get secureContext() {
      try {
        return createSecureContext({
          ca: readFileSync2('/etc/certs/server-ca.pem', 'utf8'),
          cert: readFileSync2('/etc/certs/client-cert.pem', 'utf8'),
          key: readFileSync2('/etc/certs/client-key.pem', 'utf8'),
        });
      } catch (error) {
        console.error('PostgreSQL TLS files cannot be used:', error);
        return createSecureContext({ ca: [] }); // trusts no server: the connection is refused
      }
    },
  },
});
