/*
 * The import rules of ARCHITECTURE.md. `npm run imports` and a test hold the code to them; the test also plants a
 * violation of each. What is not about imports (process.env, fetch, the clock) is in .oxlintrc.json.
 */

const S = '^server/src/';
const rooms = (...names) => `${S}(${names.join('|')})/`;
const webhooks = (...names) => `${S}webhooks/(${names.join('|')})/`;
const PARTS = ['main', 'server', 'app\\.module', 'entities', 'http-app', 'start-error'];

/** Rooms of the server from the bottom up: each imports its own level and those below. */
const LEVELS = [
  ['lib'],
  ['config', 'database', 'http', 'outbound'],
  ['agencies', 'auth', 'audit'],
  ['events', 'health', 'mail', 'metrics'],
  ['nats'],
  ['webhooks'],
];
/** Rooms of webhooks/ from the bottom up. */
const WEBHOOKS = [
  ['model', 'destinations'],
  ['engine'],
  ['settings', 'problems', 'deliveries', 'recoveries', 'alerts', 'inbox', 'sharing', 'stream'],
];

const upward = (levels, path) =>
  levels.slice(0, -1).map((names, level) => ({
    name: `${names.join('-')}-import-nothing-above`,
    severity: 'error',
    from: { path: path(...names) },
    to: { path: path(...levels.slice(level + 1).flat()) },
  }));

const rule = (name, from, to) => ({ name, severity: 'error', from, to });

export default {
  forbidden: [
    rule('no-cycles', {}, { circular: true }),
    rule('no-barrels', {}, { path: '/index\\.tsx?$', pathNot: 'node_modules' }),
    ...upward(LEVELS, rooms),
    ...upward(WEBHOOKS, webhooks),
    rule(
      'rooms-import-no-part-of-the-boot',
      { path: rooms(...LEVELS.flat()) },
      { path: `${S}(${PARTS.join('|')})\\.ts$` },
    ),
    rule('embedded-is-for-the-boot', { path: rooms(...LEVELS.flat(), 'openapi') }, { path: rooms('embedded') }),
    rule(
      'only-known-rooms',
      { path: S, pathNot: `${rooms(...LEVELS.flat(), 'openapi', 'embedded', 'cli')}|${S}[^/]+$` },
      {},
    ),
    rule(
      'engine-knows-no-controller-service-or-dto',
      { path: webhooks('engine') },
      {
        path: `${S}.*\\.(controller|service|dto)\\.ts$`,
        pathNot: `${S}audit/audit-log\\.service\\.ts$`,
      },
    ),
    rule('entities-import-only-entities', { path: `${S}.*\\.entity\\.ts$` }, { path: S, pathNot: '\\.entity\\.ts$' }),
    rule(
      'only-outbound-sends',
      { path: S, pathNot: `${rooms('outbound')}|${S}http/problem\\.ts$` },
      {
        path: '(^|node_modules/)(undici|axios|@nestjs/axios|nodemailer|http|https|http2)(/|$)',
        dependencyTypesNot: ['type-only'],
      },
    ),
    rule('only-nats-speaks-nats', { path: S, pathNot: rooms('nats') }, { path: '(^|node_modules/)@nats-io/' }),
    rule(
      'projects-know-no-other',
      { path: '^(server|admin|sdk|mcp|e2e)/src/', pathNot: '^e2e/src/workspace/' },
      {
        path: '^(server|admin|sdk|mcp|e2e)/src/',
        pathNot: '^$1/src/',
      },
    ),
    rule(
      'features-know-no-other',
      { path: '^admin/src/features/([^/]+)/' },
      {
        path: '^admin/src/features/',
        pathNot: '^admin/src/features/$1/',
      },
    ),
    rule('only-ui-knows-the-kit', { path: '^admin/src/', pathNot: '^admin/src/(ui|test)/' }, { path: '@mantine/' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.spec\\.tsx?$|/dist/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
