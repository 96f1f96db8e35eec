import { Sequelize } from 'sequelize';

export const sequelize = new Sequelize('shop', 'shop', process.env.DB_PASSWORD, {
  dialect: 'postgres',
  host: 'db.internal',
});
