const fs = require('fs');
const { readFileSync } = require('fs');
const config = {
  ca: readFileSync('ca.pem'),
};
module.exports = config;
