import { describe, expect, it } from '@jest/globals';
import { type PostedKind, toolAddressProblem, toolOf, toolOfAddress, toolOutput, type ToolKind } from './kinds.js';

const ADDRESSES: Record<PostedKind, string[]> = {
  slack: ['https://hooks.slack.com/services/T0/B0/abc'],
  teams: [
    'https://prod-01.westeurope.logic.azure.com:443/workflows/a/triggers/manual/paths/invoke?api-version=1&sig=x',
    'https://default1.2.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/a?sig=x',
  ],
  google_chat: ['https://chat.googleapis.com/v1/spaces/AAA/messages?key=a&token=b'],
  google_sheets: [
    'https://script.google.com/macros/s/AKf/exec',
    'https://script.google.com/a/macros/x.example/s/A/exec',
  ],
};
const NONE = new Map<ToolKind, string>();

describe('the address of a tool', () => {
  it.each(Object.entries(ADDRESSES) as [ToolKind, string[]][])('is recognised for %s, and only there', (kind, all) => {
    for (const address of all) {
      expect(toolOfAddress(address)).toBe(kind);
      for (const other of Object.keys(ADDRESSES) as ToolKind[]) {
        expect(toolAddressProblem(other, address, NONE)).toBe(other === kind ? null : 'wrong_tool');
      }
    }
  });

  it.each([
    'http://hooks.slack.com/services/T0/B0/abc',
    'https://hooks.slack.com.evil.example/services/T0/B0/abc',
    'https://evil.example/hooks.slack.com/services/T0/B0/abc',
    'https://hooks.slack.com:8443/services/T0/B0/abc',
    'https://hooks.slack.com/triggers/T0/1/abc',
    'https://user@evil.example/services/T0/B0/abc',
    'not an address',
  ])('is refused: %s', (address) => {
    expect(toolOfAddress(address)).toBeNull();
    expect(toolAddressProblem('slack', address, NONE)).toBe('wrong_tool');
  });

  it('of a retired connector is refused with that reason', () => {
    expect(toolAddressProblem('teams', 'https://x.webhook.office.com/webhookb2/a', NONE)).toBe('retired');
  });

  it('may be that of a stand-in, for its kind only', () => {
    const hosts = new Map<ToolKind, string>([['slack', '127.0.0.1:4001']]);
    expect(toolAddressProblem('slack', 'http://127.0.0.1:4001/services/T/B/x', hosts)).toBeNull();
    expect(toolAddressProblem('teams', 'http://127.0.0.1:4001/services/T/B/x', hosts)).toBe('wrong_tool');
  });
});

describe('the answer of a tool', () => {
  const answers: [ToolKind, number, string, string | undefined][] = [
    ['slack', 404, 'no_service', 'target_gone switch_off'],
    ['slack', 410, 'channel_is_archived', 'target_gone switch_off'],
    ['slack', 403, 'action_prohibited', 'not_allowed final'],
    ['slack', 400, 'invalid_payload', 'message_refused final'],
    ['slack', 400, 'no_active_hooks', 'target_gone switch_off'],
    ['slack', 500, 'rollup_error', undefined],
    ['slack', 429, '', undefined],
    ['teams', 404, '', 'target_gone switch_off'],
    ['teams', 400, '', 'message_refused final'],
    ['google_chat', 403, '', 'target_gone switch_off'],
    ['google_chat', 503, '', undefined],
    ['google_sheets', 401, '', 'not_allowed retry'],
  ];
  it.each(answers)('%s %d %s means %s', (kind, status, body, meaning) => {
    const verdict = toolOf(kind).judge({ status, headers: {}, body });
    const [reason, after] = meaning?.split(' ') ?? [];
    expect(verdict).toEqual(meaning && { reason, after });
  });

  it.each([
    ['asks to sign in means that it is not open', 'https://accounts.google.com/S?x', expect.anything()],
    ['points to its output says nothing yet', 'https://script.googleusercontent.com/macros/echo?k', undefined],
    ['points elsewhere is a redirect', 'https://script.googleusercontent.com.evil.example/', undefined],
  ])('of a script that %s', (_what, location, meaning) => {
    const verdict = toolOf('google_sheets').judge({ status: 302, headers: { location }, body: '' });
    expect(verdict).toEqual(meaning);
    if (typeof verdict === 'object') expect(verdict.reason).toBe('not_allowed');
  });

  const ECHO = 'https://script.googleusercontent.com/macros/echo?user_content_key=k';
  const outputOf = (kind: ToolKind, location: string, status = 302) =>
    toolOutput(kind, { status, headers: { location } }, new Map([['google_sheets', '127.0.0.1:4001']]));

  it('of Google Sheets is at the address that its redirect names, if that is Google’s, and of no other tool', () => {
    expect(outputOf('google_sheets', ECHO)).toBe(ECHO);
    expect(outputOf('google_sheets', 'http://127.0.0.1:4001/echo')).toBe('http://127.0.0.1:4001/echo');
    expect(outputOf('slack', ECHO)).toBeNull();
    expect(outputOf('google_sheets', ECHO, 200)).toBeNull();
    for (const other of [
      ECHO.replace('https', 'http'),
      ECHO.replace('.com/', '.com.evil.example/'),
      ECHO.replace('.com/', '.com:8443/'),
      ECHO.replace('script.', ''),
      'https://accounts.google.com/ServiceLogin',
      '/macros/echo',
      '',
    ]) {
      expect([other, outputOf('google_sheets', other)]).toEqual([other, null]);
    }
  });

  const page = (text: string) => `<!DOCTYPE html><html><head><title>Error</title></head><body>${text}</body></html>`;
  it.each([
    ['{"ok":true}', 'delivered'],
    ['{"ok":false,"error":"wrong_key"}', 'wrong_key'],
    ['{"ok":false,"error":"no_sheet"}', 'script_error'],
    ['{"ok":false}', 'script_error'],
    ['{"error":"TypeError: x"}', 'script_error'],
    // The script that was offered before.
    ['ok', 'delivered'],
    ['wrong key', 'wrong_key'],
    // Scripts of others.
    ['', 'delivered'],
    ['{"result":"success"}', 'delivered'],
    ['{ not JSON', 'delivered'],
    ['Thanks: error 0', 'delivered'],
    [page('<script>goog.script.init("…")</script>'), 'delivered'],
    [page('The script completed but did not return anything.'), 'delivered'],
    [page('Exception: Nieprawidłowy argument (wiersz 28, plik „Kod”)'), 'script_error'],
    [page('Script function not found: doPost'), 'script_error'],
  ])('of a script %j means %s', (body, meaning) => {
    const headers: Record<string, string> = body.startsWith('<') ? { 'content-type': 'text/html; charset=utf-8' } : {};
    const verdict = toolOf('google_sheets').judge({ status: 200, headers, body });
    expect(verdict).toEqual(meaning === 'delivered' ? meaning : { reason: meaning, after: 'retry' });
  });
});
