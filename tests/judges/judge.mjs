// Reads texts as other programs do: a JSON list of [format, text] in, a list of {judge: value} out; no value, no key.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as util from 'node:util';

const from = createRequire(join(process.argv[2] ?? process.cwd(), 'judge.js'));
const json5 = (text) => from('json5').parse(text);
const judges = {
  json: { 'JSON.parse': JSON.parse },
  jsonc: { json5 },
  json5: { json5 },
  yaml: { yaml: (text) => from('yaml').parse(text, { merge: true }) },
  env: { 'node --env-file': (text) => util.parseEnv(text), dotenv: (text) => from('dotenv').parse(text) },
};

const answers = ([format, text]) =>
  Object.fromEntries(
    Object.entries(judges[format] ?? {}).flatMap(([name, judge]) => {
      try {
        return [[`${format} ${name}`, judge(text)]];
      } catch {
        return []; // a judge that can not read a text, or is not installed, has no say
      }
    }),
  );

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(answers)));
