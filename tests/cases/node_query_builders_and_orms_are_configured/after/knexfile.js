const { readFileSync } = require('node:fs');

module.exports = {
  client: 'pg',
  connection: { host: 'db.internal', database: 'shop', get ssl() {
    // Read when the pool is made: not at build time.
    try {
      return {
        rejectUnauthorized: true,
        ca: readFileSync('/etc/certs/server-ca.pem', 'utf8'),
        cert: readFileSync('/etc/certs/client-cert.pem', 'utf8'),
        key: readFileSync('/etc/certs/client-key.pem', 'utf8'),
      };
    } catch (error) {
      console.error('PostgreSQL TLS files cannot be used:', error);
      return { rejectUnauthorized: true, ca: [] }; // trusts no server: the connection is refused
    }
  } },
};
