module.exports = { client: 'pg', connection: process.env.KNEX_URL };
