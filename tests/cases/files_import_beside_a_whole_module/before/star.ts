import * as fs from 'node:fs';

const config = {
  ca: fs.constants.R_OK,
};
