module.exports = {
  test: { dialect: 'sqlite', storage: ':memory:' },
  production: {
    use_env_variable: 'MAIN_URL',
    dialect: 'postgres',
    dialectOptions: {
      statement_timeout: 1000,
    },
  },
  staging: {
    database: 'shop',
    host: 'db.internal',
    dialect: 'postgres',
    dialectOptions: dialectOptions(),
  },
};
