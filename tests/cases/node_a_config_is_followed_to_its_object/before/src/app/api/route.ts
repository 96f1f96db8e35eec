import { Pool } from 'pg';
import { dbConfig } from '@/lib/db-config';

const pool = new Pool(dbConfig);
