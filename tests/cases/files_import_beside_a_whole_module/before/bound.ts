import { readFileSync } from 'fs';
const config = {
  ca: '',
};
