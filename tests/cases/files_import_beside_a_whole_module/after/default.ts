import fs from "fs";
import { readFileSync } from 'fs';

export const key = fs.readFileSync('key.pem');
const config = {
  ca: readFileSync('ca.pem'),
};
