'use strict';

const os = require('os');

module.exports = {
  host: 'db.internal',
  application_name: os.hostname(),
};
