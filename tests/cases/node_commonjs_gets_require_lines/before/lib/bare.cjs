const pg = require('pg');

module.exports.pool = new pg.Pool({
  host: 'db.internal',
});
