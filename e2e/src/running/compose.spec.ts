import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readCompose } from '../support/compose.js';
import { ROOT } from '../support/server.js';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const compose = readCompose();
const SERVERS = ['migrate', 'api', 'worker'];

/** A version that is never given to another image of the same name, or its digest. */
const PINNED = /:v?\d+\.\d+(\.\d+)?(-slim|-alpine)?(@sha256:[0-9a-f]{64})?$/;

describe('docker-compose.yml', () => {
  it('has PostgreSQL, NATS, a migration, two APIs behind a proxy and two workers', () => {
    const usual = Object.entries(compose.services).filter(([, { profiles }]) => profiles === undefined);
    const replicas = usual.map(([name, { deploy }]) => [name, deploy?.replicas ?? 1]);
    expect(Object.fromEntries(replicas)).toEqual({
      postgres: 1,
      'nats-volume': 1,
      nats: 1,
      migrate: 1,
      api: 2,
      worker: 2,
      proxy: 1,
    });
    expect(compose.services['api']!.environment).toMatchObject({ ROLE: 'api' });
    expect(compose.services['worker']!.environment).toMatchObject({ ROLE: 'worker' });
  });

  it('keeps data in volumes where the images write it', () => {
    expect(compose.services['postgres']!.volumes).toEqual([
      'database:/var/lib/postgresql',
      './docker/roles.sql:/docker-entrypoint-initdb.d/10-roles.sql:ro',
    ]);
    expect(compose.services['nats']).toMatchObject({
      volumes: ['events:/data', './docker/nats.conf:/etc/nats/nats.conf:ro'],
      command: expect.arrayContaining(['-sd', '/data', '-c', '/etc/nats/nats.conf']),
    });
    const named = Object.values(compose.services).flatMap(({ volumes = [] }) =>
      volumes.map((one) => one.split(':')[0]!),
    );
    const files = named.filter((one) => one.startsWith('.'));
    expect(new Set(named.filter((one) => !files.includes(one)))).toEqual(new Set(Object.keys(compose.volumes)));
    for (const file of files) expect(existsSync(join(ROOT, file))).toBe(true);
  });

  it('starts each service after those it needs', () => {
    const after = Object.fromEntries(
      ['nats', ...SERVERS].map((name) => [name, compose.services[name]!.depends_on as object]),
    );
    const completed = { condition: 'service_completed_successfully' };
    const servers = { migrate: completed, nats: { condition: 'service_healthy' } };
    expect(after).toEqual({
      nats: { 'nats-volume': completed },
      migrate: { postgres: { condition: 'service_healthy' } },
      api: servers,
      worker: servers,
    });
  });

  it('has health checks, and runs nothing as root except what prepares a volume', () => {
    // The server's image has both in its Dockerfile; PostgreSQL's drops root itself.
    const ours = new Set(SERVERS);
    for (const [name, { user, healthcheck, read_only: readOnly }] of Object.entries(compose.services)) {
      if (name === 'nats-volume') continue;
      if (!ours.has(name)) expect([name, healthcheck?.test?.[0]]).toEqual([name, 'CMD']);
      if (name === 'postgres') continue;
      expect([name, readOnly]).toEqual([name, true]);
      if (!ours.has(name))
        expect([name, user]).toEqual([name, expect.stringMatching(/^(1000:1000|haproxy|65534:65534|472:472)$/)]);
    }
  });

  it('gives every server all settings, and no password but its own', () => {
    const settings = [...read('.env.example').matchAll(/^# ([A-Z0-9_]+)=/gm)].map((match) => match[1]!);
    // The container listens on port 3000 of all addresses, has no embedded database, and one role.
    const ofTheImage = ['HOST', 'PORT', 'DATA_DIR', 'ROLE'];
    for (const name of SERVERS) {
      const { environment } = compose.services[name]!;
      expect([
        name,
        Object.keys(environment!)
          .filter((key) => key !== 'ROLE')
          .toSorted(),
      ]).toEqual([name, settings.filter((setting) => !ofTheImage.includes(setting)).toSorted()]);
      expect(compose.services[name]).not.toHaveProperty('env_file');
    }
  });

  it('contains no password: every secret must be provided', () => {
    for (const { environment = {} } of Object.values(compose.services)) {
      for (const [name, value] of Object.entries(environment)) {
        // null is passed on from .env.
        if (value !== null && /PASSWORD|KEYS|SECRET|TOKEN/.test(name)) expect(value).toMatch(/^\$\{\w+:\?[^}]+\}$/);
      }
    }
  });

  it('publishes ports on this machine only', () => {
    for (const { ports = [] } of Object.values(compose.services))
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
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

  it('is built from exact versions, which a digest can replace, as are the others of docker compose', () => {
    const [, node] = /^ARG NODE_IMAGE=(node:.+)$/m.exec(stages[0]!) ?? [];
    const images = Object.values(compose.services).flatMap(
      ({ image = '' }) => /^\$\{\w+_IMAGE:-(.+)\}$/.exec(image) ?? [],
    );
    const others = [...new Set(images.filter((image) => !image.startsWith('$')))];
    expect(others).toHaveLength(5);
    for (const image of [node, ...others]) expect(image).toMatch(PINNED);
    for (const stage of stages.slice(1)) expect(stage).toMatch(/^FROM \$\{NODE_IMAGE\}( AS \w+)?\n/);
    expect(read('docs/operating.md')).toContain(`for image in ${[node, ...others].join(' ')}; do`);
  });
});
