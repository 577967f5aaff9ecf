import { startFakeDns } from '../../test/fake-dns.js';
import { beginWithSick, type Disturbance } from './disturbance.js';

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
  begin: (place) =>
    beginWithSick(
      place,
      Array.from({ length: HOSTS }, (_, index) => `https://silent-${index}.example.com/`),
    ),
};
