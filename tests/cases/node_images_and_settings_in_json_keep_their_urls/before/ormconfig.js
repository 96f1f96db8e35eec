module.exports = { type: 'postgres', host: 'db.internal' };
