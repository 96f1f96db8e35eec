import * as fs from 'node:fs';
import { readFileSync } from 'fs';

const config = {
  ca: readFileSync('ca.pem'),
};
