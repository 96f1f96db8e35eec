import fs from "fs";

export const key = fs.readFileSync('key.pem');
const config = {
  ca: '',
};
