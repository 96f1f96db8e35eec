import type { Config } from 'drizzle-kit';

export default {
  dialect: 'postgresql',
  dbCredentials: { url: process.env.DRIZZLE_URL! },
} satisfies Config;
