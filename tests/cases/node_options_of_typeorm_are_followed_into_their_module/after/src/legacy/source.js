const { DataSource } = require('typeorm');
const options = require('./options');

module.exports = new DataSource(options);
