import { Pool } from 'generic-pool';
import { types } from 'pg';

export const pool = new Pool({ database: 'postgres', max: 2 });
export const INT8 = types.builtins.INT8;
