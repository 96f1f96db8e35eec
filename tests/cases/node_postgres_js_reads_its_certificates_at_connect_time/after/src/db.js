import postgres from 'postgres';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

export const sql = postgres(process.env.DATABASE_URL, { max: 10, ssl: {
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
export const own = postgres({ host: 'db.internal', ssl: {
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
export const kept = postgres({ host: 'db.internal', ssl: { ca: certificates.ca } });
export const bare = postgres(process.env.BARE_URL);
export const files = postgres('postgres://shop@db.internal/shop?sslrootcert=/ca.pem', {});
