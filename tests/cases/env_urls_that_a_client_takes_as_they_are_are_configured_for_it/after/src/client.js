const { Client } = require('pg');
const client = new Client(process.env.DATABASE_URL);
const other = new Client('postgresql://shop@db.internal/shop?sslmode=verify-full&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem');
const mixed = new Client(process.env.MIXED_URL);
const unset = new Client(process.env.UNSET_URL);
