const sql = require('postgres')({ host: 'db.internal' });
