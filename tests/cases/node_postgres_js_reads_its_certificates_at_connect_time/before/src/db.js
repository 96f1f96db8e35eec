import postgres from 'postgres';

export const sql = postgres(process.env.DATABASE_URL, { max: 10 });
export const own = postgres({ host: 'db.internal', ssl: 'require' });
export const kept = postgres({ host: 'db.internal', ssl: { ca: certificates.ca } });
export const bare = postgres(process.env.BARE_URL);
export const files = postgres('postgres://shop@db.internal/shop?sslrootcert=/ca.pem', {});
