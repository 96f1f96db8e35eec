const fs = require('fs');
const config = {
  ca: '',
};
module.exports = config;
