import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/server.js';
import { parseSimpleYaml } from './simple-yaml.js';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('docker-compose.yml', () => {
  it('is plain YAML with a PostgreSQL 18 and the server, and keeps the data where that image writes it', () => {
    expect(parseSimpleYaml(read('docker-compose.yml'))).toMatchObject({
      services: {
        postgres: {
          image: 'postgres:18',
          volumes: [
            'database:/var/lib/postgresql',
            './docker/postgres-init.sh:/docker-entrypoint-initdb.d/10-bpoc.sh:ro',
          ],
          healthcheck: { test: expect.arrayContaining(['pg_isready']) },
        },
        server: {
          build: '.',
          depends_on: { postgres: { condition: 'service_healthy' } },
          environment: {
            DATABASE_URL: expect.stringMatching(
              /^postgres:\/\/bpoc:\$\{BPOC_DATABASE_PASSWORD:\?[^}]+\}@postgres:5432\/bpoc$/,
            ),
            SECRETS_KEYS: expect.stringContaining('${SECRETS_KEYS:?'),
          },
        },
      },
      volumes: { database: null },
    });
  });

  it('holds no password: every secret must be given', () => {
    const compose = parseSimpleYaml(read('docker-compose.yml')) as {
      services: Record<string, { environment: Record<string, string> }>;
    };
    for (const { environment } of Object.values(compose.services)) {
      for (const [name, value] of Object.entries(environment)) {
        if (/PASSWORD|KEYS|SECRET/.test(name)) expect(value).toMatch(/^\$\{\w+:\?[^}]+\}$/);
      }
    }
  });

  it('gives the server a login that is no superuser and inherits neither of its two roles', () => {
    const script = read('docker/postgres-init.sh');
    expect(script).toMatch(/create role bpoc login noinherit nosuperuser nobypassrls/);
    expect(script).toMatch(/grant bpoc_tenant, bpoc_service to bpoc with inherit false, set true/);
    expect(statSync(join(ROOT, 'docker/postgres-init.sh')).mode & 0o111).not.toBe(0);
  });
});

describe('the Dockerfile', () => {
  it('runs the server as an ordinary user, without development packages', () => {
    const stages = read('Dockerfile').split(/^(?=FROM )/m);
    const last = stages.at(-1)!;
    expect(stages).toHaveLength(4);
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^CMD \["node", "server\/start.cjs"\]$/m);
    expect(last).not.toMatch(/--from=build \/app\/node_modules/);
    expect(last.indexOf('USER node')).toBeLessThan(last.indexOf('CMD ["node"'));
  });

  it('copies the manifest of every workspace, or npm ci would fail', () => {
    const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] };
    for (const stage of read('Dockerfile')
      .split(/^(?=FROM )/m)
      .filter((text) => text.includes('npm ci'))) {
      for (const workspace of workspaces) expect(stage).toContain(`COPY ${workspace}/package.json ${workspace}/`);
    }
  });
});
