import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { REASONS } from '../model/reasons.js';
import { ALERT_KINDS, type AlertFacts } from './alert.entity.js';
import { alertMail } from './alert-message.js';
import { textOf } from './alert-text.js';

const FACTS: AlertFacts = {
  description: 'Payroll sync',
  url: 'https://hooks.payroll.example/bpoc/s3cr3t-key',
  reason: 'down',
  response_status: 503,
  failing_since: '2026-11-20T10:00:00.000Z',
  switches_off_at: '2026-11-25T10:00:00.000Z',
  off_reason: null,
};
const mailOf = (facts: Partial<AlertFacts>, kind: (typeof ALERT_KINDS)[number] = 'paused') =>
  alertMail({ id: 'a', to: 'ops@agency.example' }, textOf(kind, { ...FACTS, ...facts }), 'https://w.example/x?a=1&b=2');

describe('the mail of an alert', () => {
  it('says what happened, who must fix it and what to do', () => {
    expect(mailOf({}).text).toBe(`We could not send events to Payroll sync (hooks.payroll.example), so we paused it.

Their server says it is down (503). The people who run that server need to fix it.

Nothing is lost. We try one event from time to time. When it works again, we send the rest automatically.

If it does not work by 25 Nov 2026, 10:00 UTC, we turn it off.

See what is wrong: https://w.example/x?a=1&b=2

-- 
You get this email because your address is in the settings of this webhook, under "Who to email if it fails".
`);
  });

  it('says of a tool what its people can do', () => {
    const slack = { url: 'https://hooks.slack.com/…abcd' };
    expect(mailOf(slack).text).toContain('Slack does not take our messages at the moment (503). No action is needed');
    const gone = mailOf({ ...slack, off_reason: 'target_gone', reason: 'target_gone' }, 'switched_off').text;
    expect(gone).toContain('Choose another place for it');
    expect(gone).not.toContain('failed for too long');
  });

  it('hides the path of an address, which may be a key', () => {
    for (const kind of ALERT_KINDS) {
      const mail = mailOf({ description: '' }, kind);
      expect(mail.subject).toContain('hooks.payroll.example');
      expect(JSON.stringify(mail)).not.toContain('s3cr3t');
    }
  });

  it('has a text for every failure reason', () => {
    const NO_ATTEMPT = ['ok', 'webhook_off', 'cancelled', 'webhook_deleted', 'erased'];
    for (const reason of REASONS.filter((one) => !NO_ATTEMPT.includes(one)))
      expect([reason, mailOf({ reason }).text.includes('Its deliveries fail')]).toEqual([reason, false]);
  });

  it('has a single-line subject and no markup, whatever the name of the webhook', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...ALERT_KINDS), (name, kind) => {
        const description = `${name}\r\nBcc: all@example.org\r\n\r\n<script>alert("1")</script>&'`;
        const { subject, html } = mailOf({ description }, kind);
        expect(subject).not.toMatch(/[\r\n\0]/);
        const marks = (text: string) => text.replaceAll(/[^<>"']/g, '');
        expect(marks(html)).toBe(marks(mailOf({}, kind).html));
      }),
    );
  });
});
