const { readFileSync } = require('node:fs');

// One entry for each environment.
module.exports = {
  development: { client: 'sqlite3', connection: { filename: './dev.db' } },

  production: {
    client: 'postgresql',
    connection: {
      host: 'db.internal',
      database: 'shop',
      user: 'shop',
      password: process.env.DB_PASSWORD, // from the vault
      get ssl() {
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
      }
    },
    pool: { min: 2, max: 10 }
  },

  report: { client: 'pg', connection: process.env.REPORT_URL },
};
