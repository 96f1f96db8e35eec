// Reads texts with the parsers of Node.js: per line of input {judge, text}, per line of output {value} or {error}.
// The first line of output names the judges that are installed. The argument is the folder of `node_modules`.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as util from 'node:util';
import vm from 'node:vm';

const from = createRequire(join(process.argv[2], 'judge.js'));

const yaml = (text) => {
  const documents = from('yaml').parseAllDocuments(text, { merge: true });
  const values = [...documents].map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return plain(document.toJS({ mapAsMap: true }));
  });
  return values.length === 1 ? values[0] : values;
};

const jsonc = (text) => {
  const errors = [];
  const value = from('jsonc-parser').parse(text, errors, { allowTrailingComma: true });
  if (errors.length > 0) throw new Error(JSON.stringify(errors[0]));
  return value;
};

const tsconfig = (text) => {
  const { config, error } = from('typescript').parseConfigFileTextToJson('tsconfig.json', text);
  if (error) throw new Error(error.messageText);
  return config;
};

// A key that is no text says so, so that a key that lost its quotes is not taken for the same.
const plain = (value) => {
  if (value instanceof Map) {
    const name = (key) => (typeof key === 'string' ? key : `!${key === null ? 'null' : typeof key} ${key}`);
    return Object.fromEntries([...value].map(([key, item]) => [name(key), plain(item)]));
  }
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Set) return { $set: [...value].map(String).sort() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('hex') };
  if (typeof value === 'number' && !Number.isFinite(value)) return { $float: String(value) };
  return value;
};

// The literals of a module, below the names that they are reached by: `new Pool`, `const config`, `export default`,
// `module.exports`, `createPool()`. An expression is the list of its tokens; what is inside of functions has names of its own.
const modules = (text) => {
  const ts = from('typescript');
  const kinds = [ts.ScriptKind.TSX, ts.ScriptKind.TS, ts.ScriptKind.JSX];
  const parse = (kind) => ts.createSourceFile('module', text, ts.ScriptTarget.Latest, true, kind);
  const source = kinds.map(parse).find((file) => file.parseDiagnostics.length === 0);
  if (!source) throw new Error(parse(kinds[0]).parseDiagnostics[0].messageText.toString());

  const found = [];
  const imports = {};

  const bare = (node) =>
    ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node) || ts.isTypeAssertionExpression(node)
      ? bare(node.expression)
      : node;

  const tokens = (node) => {
    if (ts.isObjectLiteralExpression(node)) return ['{...}'];
    if (ts.isStringLiteral(node)) return [JSON.stringify(node.text)];
    const children = node.getChildren(source);
    return children.length === 0 ? [node.getText(source)].filter((token) => token !== '') : children.flatMap(tokens);
  };
  const code = (node) => ({ $code: tokens(node).join(' ') });

  const key = (name) => (ts.isComputedPropertyName(name) ? `[${tokens(name.expression).join(' ')}]` : name.text);

  const value = (expression, top = false) => {
    const node = bare(expression);
    if (ts.isStringLiteralLike(node)) return node.text;
    if (ts.isNumericLiteral(node)) return Number(node.text);
    if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
    if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
    if (node.kind === ts.SyntaxKind.NullKeyword) return null;
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken && ts.isNumericLiteral(node.operand)) {
      return -Number(node.operand.text);
    }
    if (ts.isArrayLiteralExpression(node)) return node.elements.map((element) => value(element));
    if (ts.isObjectLiteralExpression(node)) {
      return Object.fromEntries(
        node.properties.map((property, index) => {
          if (ts.isSpreadAssignment(property)) return [`...${index}`, code(property.expression)];
          if (ts.isShorthandPropertyAssignment(property)) return [property.name.text, code(property.name)];
          return [key(property.name), ts.isPropertyAssignment(property) ? value(property.initializer) : code(property)];
        }),
      );
    }
    if (top && ts.isIdentifier(node) && node.text !== 'undefined') return { $ref: `const ${node.text}` };
    if (top && ts.isNewExpression(node)) return { $ref: `new ${lastName(node.expression)}` };
    if (top && ts.isCallExpression(node)) return { $ref: `${lastName(node.expression)}()` };
    return ts.isFunctionLike(node) ? { $code: 'function' } : code(node);
  };

  const lastName = (callee) => {
    const node = bare(callee);
    if (required(node)) return required(node);
    return ts.isIdentifier(node) ? node.text : ts.isPropertyAccessExpression(node) ? node.name.text : undefined;
  };

  const push = (node, name, expression) =>
    found.push({ at: node.getStart(source), name, value: expression ? value(expression, true) : null });

  const configuration = (name, node) => {
    const given = node.arguments ?? [];
    const object = given.find((argument) => ts.isObjectLiteralExpression(bare(argument)));
    const named = given[0] && ts.isIdentifier(bare(given[0])) ? given[0] : undefined;
    const other = ts.isNewExpression(node) ? given[0] : undefined;
    const argument = object ?? named ?? other;
    if (argument || ts.isNewExpression(node)) push(node, name, argument);
  };

  const returned = (node) => {
    if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return node;
    if (!ts.isBlock(node.body)) return bare(node.body);
    return node.body.statements.find(ts.isReturnStatement)?.expression ?? node;
  };

  const module = (name) => name.replace(/^node:/, '');
  const required = (node) =>
    ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'require'
      ? module(node.arguments[0].text)
      : undefined;

  const visit = (node) => {
    if (ts.isNewExpression(node) && lastName(node.expression)) configuration(`new ${lastName(node.expression)}`, node);
    if (ts.isCallExpression(node) && lastName(node.expression) && !required(node)) {
      configuration(`${lastName(node.expression)}()`, node);
    }
    if (ts.isVariableDeclaration(node) && node.initializer) {
      const from = required(bare(node.initializer));
      if (from && ts.isObjectBindingPattern(node.name)) {
        for (const part of node.name.elements) imports[part.name.text] = `${from}.${(part.propertyName ?? part.name).text}`;
      } else if (from) {
        imports[node.name.text] = from;
      } else if (ts.isIdentifier(node.name)) {
        push(node, `const ${node.name.text}`, node.initializer);
      }
    }
    if (ts.isImportDeclaration(node) && node.importClause) {
      const from = module(node.moduleSpecifier.text);
      const { name, namedBindings } = node.importClause;
      if (name) imports[name.text] = from;
      if (namedBindings && ts.isNamespaceImport(namedBindings)) imports[namedBindings.name.text] = from;
      for (const part of namedBindings?.elements ?? []) {
        imports[part.name.text] = `${from}.${(part.propertyName ?? part.name).text}`;
      }
    }
    if (ts.isExportAssignment(node) && !node.isExportEquals) push(node, 'export default', returned(bare(node.expression)));
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      if (node.left.getText(source) === 'module.exports') push(node, 'module.exports', node.right);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);

  const names = { $imports: imports };
  for (const { name, value } of found.sort((left, right) => left.at - right.at)) {
    (names[name] ??= { $sites: [] }).$sites.push(value);
  }
  return names;
};

// V8 says only whether it takes a text as a module, or else as CommonJS.
const v8 = (text) => {
  try {
    new vm.SourceTextModule(text);
  } catch {
    new vm.Script(`(function (exports, require, module) {${text}\n})`);
  }
  return 'valid';
};

const judges = {
  'JSON.parse': [JSON.parse],
  'jsonc-parser': [jsonc, 'jsonc-parser'],
  tsconfig: [tsconfig, 'typescript'],
  json5: [(text) => plain(from('json5').parse(text)), 'json5'],
  yaml: [yaml, 'yaml'],
  dotenv: [(text) => from('dotenv').parse(text), 'dotenv'],
  'node --env-file': [(text) => ({ ...util.parseEnv(text) })],
  typescript: [modules, 'typescript'],
  V8: [v8],
};

const isInstalled = ([name, [, module]]) => {
  try {
    if (module) from(module);
    return (name !== 'node --env-file' || util.parseEnv) && (name !== 'V8' || vm.SourceTextModule);
  } catch {
    return false;
  }
};

const answer = ({ judge, text }) => {
  try {
    return { value: judges[judge][0](text) };
  } catch (error) {
    return { error: String(error.message ?? error) };
  }
};

const lines = [Object.entries(judges).filter(isInstalled).map(([name]) => name)];
for await (const line of createInterface({ input: process.stdin })) lines.push(answer(JSON.parse(line)));
process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
