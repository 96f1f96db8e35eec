'use client';

import { Pool } from 'pg';

const pool = new Pool({ host: 'db.internal' });
