import { Sequelize } from 'sequelize';
import { readFileSync } from 'node:fs';

export const shop = new Sequelize(process.env.DATABASE_URL!, {
  dialect: 'postgres',
  dialectOptions: { get ssl() {
    // Read when the pool is made: not at build time.
    try {
      return {
        rejectUnauthorized: true,
        ca: readFileSync('/etc/certs/server-ca.pem', 'utf8'),
        cert: readFileSync('/etc/certs/client-cert.pem', 'utf8'),
        key: readFileSync('/etc/certs/client-key.pem', 'utf8'),
      };
    } catch (error) {
      console.error('PostgreSQL TLS files cannot be used:', error);
      return { rejectUnauthorized: true, ca: [] }; // trusts no server: the connection is refused
    }
  } },
});
export const parts = new Sequelize('shop', 'shop', process.env.DB_PASSWORD, {
  dialect: 'postgres',
  host: 'db.internal',
  dialectOptions: {
    get ssl() {
      // Read when the pool is made: not at build time.
      try {
        return {
          rejectUnauthorized: true,
          ca: readFileSync('/etc/certs/server-ca.pem', 'utf8'),
          cert: readFileSync('/etc/certs/client-cert.pem', 'utf8'),
          key: readFileSync('/etc/certs/client-key.pem', 'utf8'),
        };
      } catch (error) {
        console.error('PostgreSQL TLS files cannot be used:', error);
        return { rejectUnauthorized: true, ca: [] }; // trusts no server: the connection is refused
      }
    }
  }
});
export const lite = new Sequelize('sqlite::memory:');
export const any = new Sequelize('shop', 'shop', 'not-a-secret', { dialect: process.env.DB_DIALECT });
export const bare = new Sequelize(process.env.OTHER_URL);
export const weak = new Sequelize('postgres://shop@db.internal/shop?sslmode=disable', { logging: false });
