module.exports = { type: 'mysql', host: 'db.internal' };
