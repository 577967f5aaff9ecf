import { execFile } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { ROOT } from '../support/server.js';

/*
 * `npm run bench` with a few events: it compiles, runs, verifies and reports. Its speed does not matter here; it fails
 * by itself if a delivery is lost or doubled.
 */

const SCENARIOS = {
  in_process: 'published in process',
  in_process_tls: 'published in process, over TLS 1.3',
  http_single: 'POST single events, 64 connections',
  http_batch: 'POST batches of 100, 64 connections',
  fan_out: '1 event → 10 webhooks',
  failing_10: 'in process, 10 % get a 500',
};
const COUNT = 100;

interface Report {
  bare: { perSecond: number }[];
  scenarios: Record<string, { runs: { deliveries: number; perSecond: number }[] }>;
}

interface Printed {
  error: unknown;
  stdout: string;
  stderr: string;
}

function bench(...args: string[]): Promise<Printed> {
  return new Promise((resolve) => {
    execFile('npm', ['run', 'bench', '--', ...args, '--json'], { cwd: ROOT }, (error, stdout, stderr) =>
      resolve({ error, stdout, stderr }),
    );
  });
}

it('the bench runs, loses no delivery and reports each scenario', async () => {
  const only = ['--only', Object.keys(SCENARIOS).join(',')];
  const few = ['--count', `${COUNT}`, '--webhooks', '4', '--concurrency', '8', '--rounds', '1'];
  const { error, stdout, stderr } = await bench(...only, ...few);
  expect({ error, stderr }).toMatchObject({ error: null });
  const hasRow = (title: string) =>
    stderr.split('\n').some((line) => line.startsWith(title) && /^ +[\d,.]+ /.test(line.slice(title.length)));
  for (const title of ['bare undici POST, nothing stored', ...Object.values(SCENARIOS)])
    expect([title, hasRow(title)]).toEqual([title, true]);

  const { bare, scenarios } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as Report;
  expect(Object.keys(scenarios)).toEqual(Object.keys(SCENARIOS));
  for (const { runs } of Object.values(scenarios))
    expect(runs).toEqual([expect.objectContaining({ deliveries: COUNT, perSecond: expect.any(Number) })]);
  expect(bare.length).toBeGreaterThan(1);
});

it('a minute of the hour checks each delivery', async () => {
  const few = ['--rows', '280', '--minutes', '1', '--rate', '20', '--count', `${COUNT}`, '--webhooks', '4'];
  const { error, stdout, stderr } = await bench('hour', ...few);
  expect({ error, stderr }).toMatchObject({ error: null });
  expect(stderr).toContain('1,200 accepted, each received once and recorded as delivered with one try; 0 refused');
  const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { accepted: number; periods: unknown[] };
  expect(report).toMatchObject({ accepted: 1_200, periods: [{ minutes: '1–1' }] });
});
