import { Pool } from 'pg';

export const strict = new Pool({
  connectionString: 'postgres://shop@db.internal/shop?sslmode=verify-full&sslrootcert=/srv/tls/ca.pem',
});
export const off = new Pool({
  connectionString: 'postgres://shop@db.internal/shop?ssl=0',
});
