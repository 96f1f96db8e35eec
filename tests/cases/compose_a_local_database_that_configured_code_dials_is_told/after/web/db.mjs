import { Pool } from 'pg';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

export const pool = new Pool({ connectionString: process.env.WEB_URL, ssl: {
  rejectUnauthorized: true,
  // Read for every new connection: not at build time, and again after rotation.
  get secureContext() {
    try {
      return createSecureContext({
        ca: readFileSync('/etc/certs/server-ca.pem', 'utf8'),
        cert: readFileSync('/etc/certs/client-cert.pem', 'utf8'),
        key: readFileSync('/etc/certs/client-key.pem', 'utf8'),
      });
    } catch (error) {
      console.error('PostgreSQL TLS files cannot be used:', error);
      return createSecureContext({ ca: [] }); // trusts no server: the connection is refused
    }
  },
} });
