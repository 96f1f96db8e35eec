const options = { ttl: 30 };
connect({ host: 'db', port: 5432 }, { ssl: false }, 'primary');
const one = new Pool('one', { max: 1 });
const two = new Pool('two', { max: 2 }); // the second
const cache = new Cache('c', options);
