const { Sequelize } = require('sequelize');
const config = require(__dirname + '/../config/config.js')[process.env.NODE_ENV];

// PostgreSQL in production.
module.exports = new Sequelize(process.env[config.use_env_variable], config);
