const fs = require('fs');
const { Pool } = require('pg');

module.exports = new Pool({
  host: fs.readFileSync('/run/secrets/host', 'utf8'),
});
