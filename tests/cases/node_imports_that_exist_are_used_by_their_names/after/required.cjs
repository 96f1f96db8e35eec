const fs = require('fs');
const { Pool } = require('pg');
const { createSecureContext } = require('node:tls');

module.exports = new Pool({
  host: fs.readFileSync('/run/secrets/host', 'utf8'),
  ssl: {
    rejectUnauthorized: true,
    // Read for every new connection: not at build time, and again after rotation.
    get secureContext() {
      try {
        return createSecureContext({
          ca: fs.readFileSync('/etc/certs/server-ca.pem', 'utf8'),
          cert: fs.readFileSync('/etc/certs/client-cert.pem', 'utf8'),
          key: fs.readFileSync('/etc/certs/client-key.pem', 'utf8'),
        });
      } catch (error) {
        console.error('PostgreSQL TLS files cannot be used:', error);
        return createSecureContext({ ca: [] }); // trusts no server: the connection is refused
      }
    },
  },
});
