const Pool = require('pg').Pool;

module.exports = new Pool({
  host: 'db.internal',
});
