// One entry for each environment.
module.exports = {
  development: { client: 'sqlite3', connection: { filename: './dev.db' } },

  production: {
    client: 'postgresql',
    connection: {
      host: 'db.internal',
      database: 'shop',
      user: 'shop',
      password: process.env.DB_PASSWORD // from the vault
    },
    pool: { min: 2, max: 10 }
  },

  report: { client: 'pg', connection: process.env.REPORT_URL },
};
