// The change of the comparison as a person writes it for Node: one value in each YAML file, comments kept.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { parseDocument } = createRequire(`${process.env.PEERS}/`)('yaml');

for (const name of readdirSync('config').sort()) {
  const path = `config/${name}`;
  const before = readFileSync(path, 'utf8');
  const document = parseDocument(before);
  document.setIn(['limits', 'key1'], 100);
  const after = document.toString();
  if (process.argv[2] === '--dry-run') {
    const [old, now] = [before.split('\n'), after.split('\n')];
    now.forEach((line, at) => line !== old[at] && console.log(`-${old[at]}\n+${line}`));
  } else {
    writeFileSync(path, after);
  }
}
