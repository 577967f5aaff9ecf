import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { ROOT } from '../support/server.js';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Compose {
  services: Record<'postgres' | 'server', { image?: string; environment: Record<string, string | null> }>;
}
const compose = parse(read('docker-compose.yml')) as Compose;

/** A version that is never given to another image of the same name, or its digest. */
const PINNED = /:\d+\.\d+(\.\d+-slim)?(@sha256:[0-9a-f]{64})?$/;

describe('docker-compose.yml', () => {
  it('has a PostgreSQL 18 and the server, and keeps the data where that image writes it', () => {
    expect(compose).toMatchObject({
      services: {
        postgres: {
          image: expect.stringContaining('postgres:18.'),
          volumes: ['database:/var/lib/postgresql', './docker/roles.sql:/docker-entrypoint-initdb.d/10-roles.sql:ro'],
          healthcheck: { test: expect.arrayContaining(['pg_isready']) },
        },
        server: {
          build: { context: '.', args: { NODE_IMAGE: null } },
          depends_on: { postgres: { condition: 'service_healthy' } },
          environment: {
            DATABASE_URL: '${DATABASE_URL:-postgres://bpoc:${BPOC_DATABASE_PASSWORD}@postgres:5432/bpoc}',
            SECRETS_KEYS: expect.stringContaining('${SECRETS_KEYS:?'),
          },
        },
      },
      volumes: { database: null },
    });
  });

  it('gives the server every setting, and no password but its own', () => {
    const settings = [...read('.env.example').matchAll(/^# ([A-Z0-9_]+)=/gm)].map((match) => match[1]!);
    // The container listens on all its addresses at 3000, and has no embedded database.
    const ofTheImage = ['HOST', 'PORT', 'DATA_DIR'];
    expect(Object.keys(compose.services.server.environment).toSorted()).toEqual(
      settings.filter((name) => !ofTheImage.includes(name)).toSorted(),
    );
    expect(compose.services.server).not.toHaveProperty('env_file');
  });

  it('holds no password: every secret must be given', () => {
    for (const { environment } of Object.values(compose.services)) {
      for (const [name, value] of Object.entries(environment)) {
        // null is passed on from .env.
        if (value !== null && /PASSWORD|KEYS|SECRET|TOKEN/.test(name)) expect(value).toMatch(/^\$\{\w+:\?[^}]+\}$/);
      }
    }
  });
});

describe('the Dockerfile', () => {
  const stages = read('Dockerfile').split(/^(?=FROM )/m);

  it('runs the server as an ordinary user, without development packages', () => {
    const last = stages.at(-1)!;
    expect(stages).toHaveLength(4);
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^CMD \["node", "server\/start.cjs"\]$/m);
    expect(last).not.toMatch(/--from=build \/app\/node_modules/);
    expect(last.indexOf('USER node')).toBeLessThan(last.indexOf('CMD ["node"'));
  });

  it('copies the manifest of every workspace, or npm ci would fail', () => {
    const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] };
    for (const stage of stages.filter((text) => text.includes('npm ci'))) {
      for (const workspace of workspaces) expect(stage).toContain(`COPY ${workspace}/package.json ${workspace}/`);
    }
  });

  it('is built from exact versions, which a digest can replace, as is the database of docker compose', () => {
    const [, node] = /^ARG NODE_IMAGE=(node:.+)$/m.exec(stages[0]!) ?? [];
    const [, postgres] = /^\$\{POSTGRES_IMAGE:-(postgres:.+)\}$/.exec(compose.services.postgres.image!) ?? [];
    expect([node, postgres]).toEqual([expect.stringMatching(PINNED), expect.stringMatching(PINNED)]);
    for (const stage of stages.slice(1)) expect(stage).toMatch(/^FROM \$\{NODE_IMAGE\}( AS \w+)?\n/);
    expect(read('docs/operating.md')).toContain(`for image in ${node} ${postgres}; do`);
  });
});
