// Connects as the libraries of node do, from the settings in this folder; a line for each.
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join, resolve } = require('node:path');

const load = createRequire(resolve('package.json'));
const query = 'SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
const told = (name, [row]) => console.log(`${name}: ${row.ssl} ${row.client_dn}`);

async function main() {
  const knex = load('knex')(load('./knexfile.js').production);
  told('Knex', (await knex.raw(query)).rows);
  await knex.destroy();

  const { Sequelize } = load('sequelize');
  const sequelize = new Sequelize(load('./config/config.js').production);
  told('Sequelize', (await sequelize.query(query))[0]);
  await sequelize.close();

  const { DataSource } = load('typeorm');
  for (const [name, source] of [
    ['TypeORM', load('./data-source.js')],
    ['TypeORM, by a module', load('./source.js')],
    ['TypeORM, by a URL in JSON', new DataSource(load('./ormconfig.json'))],
  ]) {
    await source.initialize();
    told(name, await source.query(query));
    await source.destroy();
  }

  const other = load('knex')(load('./config/default.json').database);
  told('Knex, by a URL in JSON', (await other.raw(query)).rows);
  await other.destroy();

  const { Client } = load('pg');
  const file = (name) => readFileSync(join(process.env.CERTIFICATES, name), 'utf8');
  for (const [name, host] of [['node by name', 'localhost'], ['node by address', '127.0.0.1']]) {
    const client = new Client({
      connectionString: process.env.ADDRESS.replace('HOST', host),
      ssl: { ca: file('server-ca.pem'), cert: file('client-cert.pem'), key: file('client-key.pem') },
    });
    await client.connect();
    told(name, (await client.query(query)).rows);
    await client.end();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
