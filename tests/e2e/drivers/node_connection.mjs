// Opens the connection that a module of the application exports, as `pool` or as `dbConfig`:
// node node_connection.mjs MODULE FOLDER_FOR_COMPILED_MODULES
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [source, compiledFolder] = process.argv.slice(2);
const requireFromApplication = createRequire(resolve(source));

function compile(path) {
  const { ModuleKind, ScriptTarget, transpileModule } = requireFromApplication('typescript');
  const { outputText } = transpileModule(readFileSync(path, 'utf8'), {
    compilerOptions: { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 },
  });
  const compiled = join(compiledFolder, basename(path).replace(/ts$/, 'mjs'));
  writeFileSync(compiled, outputText);
  return compiled;
}

const path = source.endsWith('.ts') ? compile(source) : source;
const application = await import(pathToFileURL(resolve(path)));
const { Pool } = requireFromApplication('pg');
const pool = application.pool ?? new Pool(application.dbConfig);
try {
  const { rows } = await pool.query(process.env.SESSION_QUERY);
  console.log(rows[0].session);
} catch (error) {
  console.error(error.message);
  process.exitCode = 3;
} finally {
  await pool.end();
}
