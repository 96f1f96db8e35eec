import { readFileSync } from 'fs';
const config = {
  ca: readFileSync('ca.pem'),
};
