import { randomUUID } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addWebhook, applicationCreated, bearer, deliveriesOf, service, type Receipt } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { startServer, type TestServer } from '../support/server.js';

/*
 * The disk under PostgreSQL runs full: events are refused rather than accepted and lost, and with free space everything
 * continues. Needs a small file system in memory, which only root on Linux can mount.
 */

const SIZE = '320m';

/** The folder where a small file system is mounted, or null if that is not allowed. */
function mountSmallDisk(): string | null {
  if (process.platform !== 'linux') return null;
  const folder = mkdtempSync(join(tmpdir(), 'bpoc-disk-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder]).status === 0) return folder;
  rmdirSync(folder);
  return null;
}

const disk = mountSmallDisk();
const where = disk === null ? describe.skip : describe;

where(`a full disk${disk === null ? ' (skipped: no file system can be mounted here)' : ''}`, () => {
  const ballast = join(disk ?? '', 'ballast');
  let server: TestServer;
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await startReceiver();
    // The first attempt lasts until the disk is full, so it must not time out and be retried.
    const env = { ATTEMPT_TIMEOUT_MS: '60000', LEASE_MS: '180000' };
    server = await startServer({ env, ownDatabase: true }, join(disk!, 'data'));
  });
  afterAll(async () => {
    await receiver.close();
    await server.stop();
    spawnSync('umount', [disk!]);
    rmdirSync(disk!);
  });

  /** Fills the disk. */
  function fill(): void {
    for (const size of [1 << 26, 1 << 20, 1 << 12, 1])
      try {
        for (;;) appendFileSync(ballast, Buffer.alloc(size));
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
      }
  }

  /** About 100 KiB, so that the space kept for the log is used up quickly. */
  const bigEvent = () => ({
    ...applicationCreated(server, { candidateName: randomUUID().repeat(3_000) }),
    id: randomUUID(),
  });

  it('refuses events, and once there is space accepts them again and delivers all it ever accepted', async () => {
    const webhook = await addWebhook(server, { url: receiver.url('/') });
    const accepted: string[] = [];
    const publish = async (event: object): Promise<number> => {
      const response = await service(server).post('/api/internal/events').timeout(20_000).send(event);
      if (response.status === 202) accepted.push((response.body as Receipt).id);
      return response.status;
    };
    let answer = () => {};
    receiver.script('/', { status: 200, when: new Promise<void>((resolve) => (answer = resolve)) });
    expect(await publish(bigEvent())).toBe(202);
    await receiver.next('/');
    fill();
    const refused = await eventually(
      async () => {
        const event = bigEvent();
        const status = await publish(event);
        expect(status).not.toBe(202);
        return { event, status };
      },
      { timeoutMs: 60_000 },
    );
    expect(refused.status).toBe(503);
    expect((await bearer(server.url, null).get('/health/live')).status).toBe(200);
    // The result of the request in flight cannot be written now; it waits in memory.
    answer();
    console.log(`${accepted.length} events taken before the disk was full; then: ${refused.status}`);

    rmSync(ballast);
    await eventually(async () => expect(await publish(refused.event)).toBe(202), { timeoutMs: 30_000 });
    await eventually(
      async () => {
        const arrived = new Set(receiver.all.map(({ headers }) => headers['webhook-id']));
        expect([...arrived].toSorted()).toEqual(accepted.toSorted());
        const deliveries = await deliveriesOf(server, webhook.id);
        expect(new Set(deliveries.map(({ status }) => status))).toEqual(new Set(['delivered']));
        expect(deliveries.at(-1)).toMatchObject({ event_id: accepted[0], attempts: 1 });
      },
      { timeoutMs: 30_000 },
    );
  });
});
