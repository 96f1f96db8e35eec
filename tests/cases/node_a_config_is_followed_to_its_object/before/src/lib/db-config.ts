export const dbConfig = {
  host: process.env.DB_HOST ?? 'db.internal',
  database: 'shop',
};
