import postgres from './postgres';

export const fake = postgres({ host: 'db.internal' });
