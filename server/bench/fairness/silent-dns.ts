import { startFakeDns } from '../../test/fake-dns.js';
import type { Target } from '../server.js';
import { endWebhooks, type Disturbance } from './disturbance.js';

const HOSTS = 50;

/** Fifty receivers whose name server never answers. */
export const silentDns: Disturbance = {
  name: 'silent_dns',
  title: `${HOSTS} hosts whose DNS never answers`,
  limit: { ratio: 1.5 },
  async settings() {
    const dns = await startFakeDns(() => 'silent');
    return { settings: { DNS_SERVERS: dns.address }, close: () => dns.close() };
  },
  async begin(place) {
    const { server } = place;
    const targets: Target[] = [];
    for (let index = 0; index < HOSTS; index++)
      targets.push(...(await server.addAgency([`https://silent-${index}.example.com/`])));
    return {
      alsoPublishFor: targets.map(({ agencyId }) => agencyId),
      done: Promise.resolve(),
      async end() {
        await endWebhooks(place, targets);
        return '';
      },
    };
  },
};
