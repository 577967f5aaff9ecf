import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { describeWith, findProgram } from '../support/requirements.js';
import { ROOT } from '../support/server.js';

/* The alerts that operators get, each with its section in docs/incidents.md, and the dashboard beside them. */

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

interface Panel {
  id: number;
  type: string;
  datasource: { type: string; uid: string };
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig: { defaults: { unit?: string } };
  targets: { refId: string; expr: string; legendFormat?: string }[];
}
const dashboard = readFileSync(join(ROOT, 'docker/grafana/dashboards/bpoc-webhooks.json'), 'utf8');
const { panels } = JSON.parse(dashboard) as { panels: Panel[] };

describeWith('promtool', findProgram(['promtool', '--version']), 'the dashboard', () => {
  it('has only queries that Prometheus can parse', () => {
    const exprs = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const rules = exprs.map((expr, n) => ({ record: `panel:expr${n}`, expr }));
    const file = join(mkdtempSync(join(tmpdir(), 'bpoc-')), 'rules.yml');
    writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
    rmSync(dirname(file), { recursive: true });
    expect({ status, output: stdout + stderr }).toEqual({
      status: 0,
      output: expect.stringContaining(`${exprs.length} rules found`),
    });
  });
});

// Only Grafana can check a dashboard: its types (@grafana/schema) allow any query. running/alerts.long.spec.ts checks
// that the metrics exist.
it('the panels of the dashboard use the provisioned source, each query once', () => {
  const file = join(ROOT, 'docker/grafana/provisioning/datasources/prometheus.yml');
  const { datasources } = parse(readFileSync(file, 'utf8')) as { datasources: Panel['datasource'][] };
  const [{ type, uid }] = datasources as [Panel['datasource']];
  for (const panel of panels) {
    expect(panel).toMatchObject({ type: 'timeseries', datasource: { type, uid } });
    expect(new Set(panel.targets.map(({ refId }) => refId)).size).toBe(panel.targets.length);
  }
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
});

it('the panels of the dashboard have a unit and legends, and none covers another', () => {
  for (const { title, fieldConfig, targets } of panels) {
    expect([title, fieldConfig.defaults.unit]).toEqual([title, expect.stringMatching(/^(s|ops|short|bytes)$/)]);
    expect([title, targets.map(({ legendFormat }) => legendFormat ?? '')]).toEqual([
      title,
      targets.map(() => expect.stringMatching(/./)),
    ]);
    // Legends name labels that the expression keeps.
    for (const { expr, legendFormat = '' } of targets) {
      const labels = legendFormat.match(/(?<=\{\{)\w+/g) ?? [];
      for (const label of labels) if (expr.includes('sum') || expr.includes('max')) expect(expr).toContain(label);
    }
  }
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`),
  );
  expect(cells.length).toBe(new Set(cells).size);
  expect(panels.every(({ gridPos: { x, w } }) => x >= 0 && x + w <= 24)).toBe(true);
});

it('says of each alert what it means and what to do', () => {
  interface Rules {
    groups: { rules: { alert: string; expr: string; annotations: { runbook: string } }[] }[];
  }
  const { groups } = parse(readFileSync(join(FOLDER, 'rules.yml'), 'utf8')) as Rules;
  const alerts = groups.flatMap(({ rules }) => rules);
  const [, ...sections] = readFileSync(join(ROOT, 'docs/incidents.md'), 'utf8').split(/^## /m);
  expect(sections.map((text) => text.split('\n')[0])).toEqual(alerts.map(({ alert }) => alert));
  const tried = readFileSync(join(FOLDER, 'rules.test.yml'), 'utf8');
  for (const [index, { alert, expr, annotations }] of alerts.entries()) {
    expect(tried).toMatch(new RegExp(`alertname: ${alert}\\n +exp_alerts:\\n`));
    expect(annotations.runbook).toBe(`docs/incidents.md#${alert.toLowerCase()}`);
    for (const part of [`\`${expr}\``, '**It means:**', '**Do:**']) expect(sections[index]).toContain(part);
  }
});
