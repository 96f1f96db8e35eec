module.exports = {
  client: 'pg',
  connection: { host: 'db.internal', database: 'shop' },
};
