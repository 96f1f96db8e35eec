import * as files from 'fs';
import tls from 'node:tls';
import { Pool } from 'pg';

export const banner = files.readFileSync('banner.txt', 'utf8');
export const pool = new Pool({
  host: 'db.internal',
  ssl: {
    rejectUnauthorized: true,
    // Read for every new connection: not at build time, and again after rotation.
    get secureContext() {
      try {
        return tls.createSecureContext({
          ca: files.readFileSync('/etc/certs/server-ca.pem', 'utf8'),
          cert: files.readFileSync('/etc/certs/client-cert.pem', 'utf8'),
          key: files.readFileSync('/etc/certs/client-key.pem', 'utf8'),
        });
      } catch (error) {
        console.error('PostgreSQL TLS files cannot be used:', error);
        return tls.createSecureContext({ ca: [] }); // trusts no server: the connection is refused
      }
    },
  },
});
export const ciphers = tls.getCiphers();
