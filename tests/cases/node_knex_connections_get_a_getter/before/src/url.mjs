import knex from 'knex';

export const db = knex({ client: 'pg', connection: `postgres://${process.env.DB_HOST}/shop` });
