import { Client } from 'pg';
import settings from './lib/settings.js';

const own = {
  host: 'db.internal',
};

export const one = new Client(own);
export const two = new Client(settings);
