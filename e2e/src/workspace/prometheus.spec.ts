import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { describeWith, findProgram } from '../support/requirements.js';
import { ROOT } from '../support/server.js';

/* The alerts that operators get: the rules are right, and each has its section in docs/incidents.md. */

const FOLDER = join(ROOT, 'docker/prometheus');

describeWith('promtool', findProgram(['promtool', '--version']), 'the rules of Prometheus', () => {
  it.each([
    ['check', 'rules', 'rules.yml'],
    ['test', 'rules', 'rules.test.yml'],
  ])('pass promtool %s %s %s', (...args) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: FOLDER, encoding: 'utf8' });
    expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: expect.stringContaining('SUCCESS') });
  });
});

it('says of each alert what it means and what to do', () => {
  interface Rules {
    groups: { rules: { alert: string; expr: string; annotations: { runbook: string } }[] }[];
  }
  const { groups } = parse(readFileSync(join(FOLDER, 'rules.yml'), 'utf8')) as Rules;
  const alerts = groups.flatMap(({ rules }) => rules);
  const [, ...sections] = readFileSync(join(ROOT, 'docs/incidents.md'), 'utf8').split(/^## /m);
  expect(sections.map((text) => text.split('\n')[0])).toEqual(alerts.map(({ alert }) => alert));
  for (const [index, { alert, expr, annotations }] of alerts.entries()) {
    expect(annotations.runbook).toBe(`docs/incidents.md#${alert.toLowerCase()}`);
    for (const part of [`\`${expr}\``, '**It means:**', '**Do:**']) expect(sections[index]).toContain(part);
  }
});
