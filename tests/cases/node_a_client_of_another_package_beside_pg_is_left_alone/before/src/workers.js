import pg from 'pg';
import { Pool } from 'generic-pool';

export const INT8 = pg.types.builtins.INT8;
export const workers = new Pool({ max: 2 });
