import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';

/*
 * The import rules of ARCHITECTURE.md, executable. Given files as { path, text } it answers sentences; none means all is well.
 */

/** Rooms of the server from top to bottom: a room may import from its own level's list below, never from above. */
const LEVELS = [
  [
    'main',
    'server',
    'demo',
    'cli',
    'app.module',
    'entities',
    'http-app',
    'api-description',
    'api-description-bodies',
    'api-description-details',
    'api-description-alerts',
    'api-description-examples',
    'api-description-messages',
    'api-description-words',
    'openapi-document',
    'openapi',
    'openapi-fuzz',
    'start-fault',
  ],
  ['webhooks', 'health', 'metrics'],
  ['events'],
  ['agencies', 'auth', 'audit'],
  ['outbound', 'http', 'database', 'config'],
  ['common'],
];

/** Rooms of one level that may know each other, since provisioning signs people in and both write the audit log. */
const NEIGHBOURS = new Set([
  'agencies auth',
  'auth agencies',
  'agencies audit',
  'audit auth',
  'auth audit',
  'http config',
  'database config',
  'outbound config',
  'webhooks health',
  'webhooks metrics',
]);

const levelOf = (room) => LEVELS.findIndex((rooms) => rooms.includes(room));
const roomOf = (path) => path.split('/')[2].replace(/(\.db)?(\.spec)?\.ts$/, '');
const isTest = (path) =>
  /\.spec\.tsx?$/.test(path) || path.startsWith('server/test/') || path.startsWith('server/bench/');

/** Specifiers of static and dynamic imports and re-exports. */
function importsOf(text) {
  return [...text.matchAll(/(?:from\s+|import\s*\(\s*|^import\s+)['"]([^'"]+)['"]/gm)].map((match) => match[1]);
}

const resolved = (path, specifier) =>
  specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier;

function serverViolations({ path, text }) {
  const found = [];
  const room = roomOf(path);
  const say = (sentence) => found.push(`${path} ${sentence}`);
  if (levelOf(room) < 0) say(`is in a room that ARCHITECTURE.md does not know: ${room}`);
  if (isTest(path)) return found;
  for (const specifier of importsOf(text)) {
    const target = resolved(path, specifier);
    if (/^(undici|axios|@nestjs\/axios|nodemailer)$/.test(specifier) && room !== 'outbound')
      say(`imports ${specifier}: only outbound/ may`);
    if (!target.startsWith('server/src/')) {
      if (specifier.startsWith('.') && !target.startsWith('server/')) say(`imports ${target} from outside the server`);
      continue;
    }
    const other = roomOf(target.replace(/\.js$/, '.ts'));
    if (other === room) continue;
    const [from, to] = [levelOf(room), levelOf(other)];
    const entities = /\.entity\.js$/.test(specifier);
    if (to < from || (to === from && from > 0 && !NEIGHBOURS.has(`${room} ${other}`)))
      say(`imports ${target}: ${room} may not know ${other}`);
    if (path.endsWith('.entity.ts') && !entities)
      say(`is an entity and imports ${target}: entities import only entities`);
  }
  if (path.startsWith('server/src/webhooks/engine/')) {
    for (const specifier of importsOf(text))
      if (/\.(controller|service|dto)\.js$/.test(specifier) && !/audit-log/.test(specifier))
        say(`imports ${specifier}: engine/ knows no controller, service or DTO`);
  }
  if (/process\.env\b/.test(text) && !/^server\/src\/(config\/env|main|cli\/)/.test(path))
    say('reads process.env: only config/env.ts may');
  if (
    /['"](node:)?(http|https|http2)['"]/.test(text) &&
    /\b(import\s+(?!type)[^;]*\b(request|get|createServer|Agent|http|https)\b[^;]*from ['"](node:)?(http|https|http2)['"])/.test(
      text,
    ) &&
    room !== 'outbound'
  )
    say('imports an HTTP client: only outbound/ may');
  if (/['"](node:)?process['"]/.test(text) || /\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/.test(text))
    say('takes the environment another way: only config/env.ts may read it');
  if (/\bfetch\(/.test(text) && room !== 'outbound') say('calls fetch: only outbound/ may');
  if (
    /skip locked/i.test(text) &&
    !/(engine\/(claim-sql|probe-sql|end-owed-sql|delivery-queue)|alerts\/alert-outbox)\.ts$/.test(path)
  )
    say('uses SKIP LOCKED: only the queue and the outbox of alerts may');
  if (
    /engine\/(retry-policy|webhook-health|signing|message-headers)\.ts$/.test(path) &&
    /Date\.now\(\)|Math\.random\(\)|new Date\(\)/.test(text)
  )
    say('reads the clock or randomness: they are passed in');
  return found;
}

function otherViolations({ path, text }) {
  const found = [];
  const [project] = path.split('/');
  const say = (sentence) => found.push(`${path} ${sentence}`);
  for (const specifier of importsOf(text)) {
    const target = resolved(path, specifier);
    const outside = specifier.startsWith('.') && !target.startsWith(`${project}/`);
    if (outside && !target.startsWith({ admin: 'examples/', e2e: 'scripts/' }[project]))
      say(`imports ${target} from outside ${project}`);
    if (
      project === 'admin' &&
      specifier.startsWith('@mantine/') &&
      !path.startsWith('admin/src/ui/') &&
      !path.startsWith('admin/src/test/')
    )
      say(`imports ${specifier}: only admin/src/ui may`);
    const feature = /^admin\/src\/features\/([^/]+)\//.exec(path)?.[1];
    const other = /^admin\/src\/features\/([^/]+)/.exec(target)?.[1];
    if (feature && other && feature !== other) say(`imports the feature ${other}: features do not know each other`);
  }
  return found;
}

/** All violations in the given files. */
export function importViolations(files) {
  return files.flatMap((file) => {
    const barrel = /\/src\/(.*\/)?index\.tsx?$/.test(file.path) ? [`${file.path} is a barrel`] : [];
    const grabBag = /\/src\/(.*\/)?(utils|helpers)(\/|\.tsx?$)/.test(file.path) ? [`${file.path} is a grab-bag`] : [];
    return [
      ...barrel,
      ...grabBag,
      ...(file.path.startsWith('server/src/') ? serverViolations(file) : otherViolations(file)),
    ];
  });
}

/** The source files of the workspace below `root`. */
export function sourceFiles(root) {
  return ['server/src', 'admin/src', 'sdk/src', 'e2e/src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.(gen|d)\.ts$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => ({ path: relative(root, file).split(sep).join('/'), text: readFileSync(file, 'utf8') })),
  );
}

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].split(sep).at(-1))) {
  const found = importViolations(sourceFiles(process.cwd()));
  for (const line of found) console.error(line);
  process.exit(found.length > 0 ? 1 : 0);
}
