import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Reason } from './api/types';
import { ApiProblem, ConnectionLost, wordsFor } from './api/problem';
import {
  deliveryStatuses,
  healthWords,
  offBecause,
  onlyAdmins,
  onlyMembers,
  onlyOwners,
  reasons,
  whoWords,
} from './copy';
import { anyTool, noCode, retiredTeams, toolReasons } from './copy-tools';
import {
  eventVersion,
  eventVersionWords,
  fieldWords,
  noTreeWords,
  retriedWords,
  roleMeanings,
  signatureWords,
} from './copy-forms';
import { checkerWords } from './features/guide/checker-words';
import { leftOut, stateWords, takesAbout } from './features/recoveries/recovery-words';
import { offSentence } from './lib/off-words';
import type { Verdict } from './lib/signature';
import { recovery } from './test/samples';
import { readingGrade } from './test/reading-grade';

/** Everything that is said about a state in sentences. */
const sentences: readonly (readonly [string, string])[] = [
  ...Object.entries(reasons).flatMap(([reason, words]) => [
    [`${reason}: what happened`, words.sentence] as const,
    [`${reason}: what to do`, words.whatToDo] as const,
    [`${reason}: what their developer does`, words.theyDo ?? words.whatToDo] as const,
  ]),
  ...toolSentences(),
  ...Object.entries(deliveryStatuses).map(([status, words]) => [status, words.meaning] as const),
  ...Object.entries(healthWords).map(([health, words]) => [health, words.meaning] as const),
  ...Object.entries(retriedWords),
  ...Object.entries(roleMeanings),
  ...Object.entries(fieldWords),
  ...Object.entries(noTreeWords),
  ...Object.entries(eventVersionWords),
  ...[1, 2].map((version) => [`version ${version}`, eventVersion(version)] as const),
  ...Object.entries(whoWords).map(([who, words]) => [`who: ${who}`, words('Payroll')] as const),
  ...Object.entries(signatureWords).flatMap(([verdict, { word, meaning }]) => [
    [`signature ${verdict}`, word] as const,
    [`signature ${verdict}: what it means`, meaning] as const,
  ]),
  ...[...Object.keys(offBecause), 'person'].map((reason) => [`off: ${reason}`, offSentence(off(reason))] as const),
  ...refusals(),
  ...checkerSentences(),
  ...recoverySentences(),
];

function off(reason: string) {
  const off_reason = reason as keyof typeof offBecause | 'person';
  return { off_reason, off_at: '2026-01-22T10:30:00.000Z', kind: 'endpoint' as const, url: null };
}

/** Names of tools and of their menus count as one word. */
function toolSentences(): [string, string][] {
  const short = (text: string) => text.replaceAll(/Microsoft|Google|Production|Manage deployments/g, 'Slack');
  const rules = Object.values(toolReasons).flatMap((ofTool) => Object.values(ofTool).flat());
  const common = (Object.keys(reasons) as Reason[]).map((reason) => anyTool('Slack', reason));
  return [...rules, ...common, ...noCode.map(({ words }) => words), retiredTeams]
    .filter((words) => words !== null)
    .flatMap(({ sentence, whatToDo }): [string, string][] => [
      [`tool: ${sentence}`, short(sentence)],
      [`tool: what to do: ${sentence}`, short(whatToDo)],
    ]);
}

/** Why an action is not allowed, or why it failed. */
function refusals(): [string, string][] {
  const body = { type: 'about:blank', title: '', detail: '', request_id: '', code: 'internal' as const };
  const failures = [500, 429, 401].map((status) => new ApiProblem({ ...body, status }));
  return [
    ['only admins', onlyAdmins('turn webhooks on and off', ['Anna Berg'])],
    ['only admins, none known', onlyAdmins('see and create API keys', [])],
    ['only members', onlyMembers('send tests', ['Anna Berg'])],
    ['only owners', onlyOwners('invite people and give roles')],
    ...[...failures, new ConnectionLost(null), new Error('a bug')].map((error): [string, string] => [
      `failure: ${error.message || error.name}`,
      wordsFor(error).text,
    ]),
  ];
}

function checkerSentences(): [string, string][] {
  const verdicts: Verdict[] = [
    { kind: 'valid', fits: ['webhook-signature'] },
    { kind: 'clock', fits: ['webhook-signature'], ageSeconds: 420 },
    { kind: 'clock', fits: ['webhook-signature'], ageSeconds: -420 },
    { kind: 'headers_missing', names: ['webhook-id'] },
    { kind: 'headers_missing', names: ['webhook-signature', 'x-webhook-signature'] },
    { kind: 'headers_cut' },
    { kind: 'not_a_secret' },
    { kind: 'body_changed' },
    { kind: 'id_or_timestamp_changed' },
    { kind: 'nothing_fits', bodyLooksUntouched: true },
    { kind: 'nothing_fits', bodyLooksUntouched: false },
  ];
  return verdicts.map((verdict, n) => {
    const { title, help } = checkerWords(verdict);
    // Names of headers count as one word, like other technical terms.
    return [`checker ${n}: ${verdict.kind}`, `${title} ${help}`.replaceAll(/(x-)?webhook-\w+/g, '410')];
  });
}

function recoverySentences(): [string, string][] {
  const plan = { count: 42, left_out: { webhook_off: 3, purged: 1 } } as Parameters<typeof leftOut>[0];
  return [
    ['resend: how long', `It takes ${takesAbout({ count: 42, per_second: 5 })}.`],
    ['resend: left out', (leftOut(plan, 50) ?? '').replaceAll(' · ', '. ')],
    [
      'resend: stopped',
      stateWords(recovery({ status: 'stopped', finished_at: '2026-01-22T10:30:00.000Z', passed_over: 2 })),
    ],
  ];
}

/** The reasons that the server's published API can answer with, read from the types that are generated from it. */
function reasonsOfTheApi(): string[] {
  const schema = readFileSync(new URL('./api/schema.d.ts', import.meta.url), 'utf8');
  const union = /\sReason:\s*([^;]+);/.exec(schema)?.[1] ?? '';
  return [...union.matchAll(/["']([a-z_]+)["']/g)].map((match) => match[1] ?? '');
}

describe('words', () => {
  it('exist for every reason that the server can give, and for no other', () => {
    expect(reasonsOfTheApi()).toContain('timeout');
    expect(Object.keys(reasons).toSorted()).toEqual(reasonsOfTheApi().toSorted());
  });

  /** Long words that everyone knows and that have no short equivalent. They count as one syllable. */
  const KNOWN = new RegExp(
    '\\b(already|automatically|cancelled|candidate’s|certificate|connection|delivered|delivery|encryption|headers?|' +
      'invalid|outdated|process|restarted|security|signature|valid)\\b',
    'gi',
  );

  it.each(sentences)('reads below school grade 7 (%s)', (_name, sentence) => {
    expect(readingGrade(sentence.replaceAll(KNOWN, 'word'))).toBeLessThanOrEqual(7);
  });

  it('would be refused when they read like a manual', () => {
    expect(readingGrade('The remote application terminated the established connection unexpectedly.')).toBeGreaterThan(
      7,
    );
  });

  it('say who has to act wherever a person has to', () => {
    const retried = Object.values(reasons).filter((words) => words.retried === 'yes');
    expect(retried.every((words) => words.who !== 'none')).toBe(true);
  });
});
