import { Sequelize } from 'sequelize';

export const shop = new Sequelize(process.env.DATABASE_URL!, {
  dialect: 'postgres',
  dialectOptions: { ssl: { require: true, rejectUnauthorized: false } },
});
export const parts = new Sequelize('shop', 'shop', process.env.DB_PASSWORD, {
  dialect: 'postgres',
  host: 'db.internal'
});
export const lite = new Sequelize('sqlite::memory:');
export const any = new Sequelize('shop', 'shop', 'not-a-secret', { dialect: process.env.DB_DIALECT });
export const bare = new Sequelize(process.env.OTHER_URL);
export const weak = new Sequelize('postgres://shop@db.internal/shop?sslmode=disable', { logging: false });
