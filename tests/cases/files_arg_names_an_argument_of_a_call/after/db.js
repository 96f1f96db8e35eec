const options = { ttl: 60 };
connect({ host: 'db', port: 5433 }, { ssl: true }, 'primary');
const one = new Pool('one', { max: 1 });
const two = new Pool('two', { max: 20 }); // the second
const cache = new Cache('c', options);
