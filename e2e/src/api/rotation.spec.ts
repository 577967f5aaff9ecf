import { afterAll, expect, it } from '@jest/globals';
import { verify, verifyLegacy, VerificationError } from 'bpoc-webhooks';
import { addWebhook, applicationCreated, problemOf, publish, recruiter } from '../support/client.js';
import { startReceiver, type ReceivedRequest } from '../support/receiver.js';
import { sharedServer } from '../support/shared.js';

const [server, receiver] = await Promise.all([sharedServer(), startReceiver()]);
afterAll(() => receiver.close());

let sent = 0;

/** Publishes one event and returns the resulting request. */
async function nextMessage(): Promise<ReceivedRequest> {
  await publish(server, applicationCreated(server));
  sent += 1;
  return receiver.next('/', sent);
}

type Scheme = 'webhook-signature' | 'x-webhook-signature';

/** Whether a receiver that knows only this secret and checks only this header accepts the request. */
function accepts({ body, headers }: ReceivedRequest, secret: string, scheme: Scheme): boolean {
  const check = scheme === 'webhook-signature' ? verify : verifyLegacy;
  try {
    check({ body, secret, headers });
    return true;
  } catch (error) {
    if (error instanceof VerificationError && error.code === 'signature_mismatch') return false;
    throw error;
  }
}

/** Which of the two secrets match which header. */
function table(request: ReceivedRequest, old: string, fresh: string) {
  return {
    standard: [accepts(request, old, 'webhook-signature'), accepts(request, fresh, 'webhook-signature')],
    simple: [accepts(request, old, 'x-webhook-signature'), accepts(request, fresh, 'x-webhook-signature')],
  };
}

it('a new secret: both sign until the old one ends, and the single signature is switched on demand', async () => {
  const webhook = await addWebhook(server, { url: receiver.url('/') });
  const path = `/api/recruiter/webhooks/${webhook.id}/secret`;
  const old = webhook.secret;
  const rotated = await recruiter(server).post(path).send({ overlap_seconds: 3600 });
  expect(rotated.status).toBe(200);
  const { secret: fresh } = rotated.body as { secret: string };
  expect(fresh).not.toBe(old);
  expect(table(await nextMessage(), old, fresh)).toEqual({ standard: [true, true], simple: [true, false] });

  const again = await recruiter(server).post(path).send({ overlap_seconds: 60 });
  problemOf(again, 409, 'secret_overlap');

  expect((await recruiter(server).post(`${path}/switch`)).status).toBe(200);
  expect(table(await nextMessage(), old, fresh)).toEqual({ standard: [true, true], simple: [false, true] });

  expect((await recruiter(server).delete(`${path}/previous`)).status).toBe(200);
  expect(table(await nextMessage(), old, fresh)).toEqual({ standard: [false, true], simple: [false, true] });
});

it('a leaked secret can end at once', async () => {
  const webhook = await addWebhook(server, { url: receiver.url('/leaked') });
  const path = `/api/recruiter/webhooks/${webhook.id}/secret`;
  const rotated = await recruiter(server).post(path).send({ overlap_seconds: 0 });
  const { secret: fresh } = rotated.body as { secret: string };
  await publish(server, applicationCreated(server));
  expect(table(await receiver.next('/leaked'), webhook.secret, fresh)).toEqual({
    standard: [false, true],
    simple: [false, true],
  });
});
