import { posts } from './http-events.js';
import { inProcess } from './in-process.js';
import { FAN_OUT, type Place, type Scenario } from './scenario.js';

/** One agency with one webhook: most agencies have only one, which gets all of a burst. */
const one = (path: string): Place => ({ agencies: 1, webhooks: 1, path });
const hundred = (path: string): Place => ({ agencies: 100, webhooks: 1, path });

/** Every scenario of `npm run bench`; the extra ones with --all, or by name. */
export const SCENARIOS: Scenario[] = [
  { name: 'in_process', title: 'published in process', target: '0.38, 80 + 62', run: (scene) => inProcess(scene) },
  {
    name: 'in_process_tls',
    title: 'published in process, over TLS 1.3',
    target: '0.45',
    secure: true,
    run: (scene) => inProcess(scene, { place: { ...hundred('/ok'), secure: true } }),
  },
  {
    name: 'http_single',
    title: 'POST single events, 64 connections',
    target: '220 + 100',
    run: (scene) => posts(scene, { size: 1 }),
  },
  {
    name: 'http_batch',
    title: 'POST batches of 100, 64 connections',
    target: '110 + 80',
    run: (scene) => posts(scene, { size: 100 }),
  },
  {
    name: 'fan_out',
    title: `1 event → ${FAN_OUT} webhooks`,
    target: '60 + 45',
    run: (scene) => inProcess(scene, { place: { agencies: 10, webhooks: FAN_OUT, path: '/ok' } }),
  },
  {
    name: 'one_webhook',
    title: 'one webhook, POST batches of 100',
    target: '125 + 100',
    run: (scene) => posts(scene, { size: 100, place: one('/ok/busy') }),
  },
  {
    // Its limit of requests, not the server, determines the rate: a few hundred deliveries a second.
    name: 'one_webhook_slow',
    title: 'one webhook that takes 20 ms',
    run: (scene) => posts(scene, { size: 100, place: one('/wait/20'), part: 1 / 10 }),
  },
  ...[1, 8, 512].map(
    (connections) =>
      ({
        name: `http_${connections}`,
        title: `POST single events, ${connections} ${connections === 1 ? 'connection' : 'connections'}`,
        extra: true,
        run: (scene) => posts(scene, { size: 1, connections, part: connections === 1 ? 1 / 10 : 1 }),
      }) satisfies Scenario,
  ),
  {
    name: 'fan_out_200',
    title: '1 event → 200 webhooks',
    extra: true,
    run: (scene) => inProcess(scene, { place: { agencies: 2, webhooks: 200, path: '/ok' } }),
  },
  ...[4, 64].map(
    (kB) =>
      ({
        name: `message_${kB}k`,
        title: `in process, messages of ${kB} kB`,
        extra: true,
        run: (scene) => inProcess(scene, { payload: kB * 1024, part: kB === 4 ? 1 : 1 / 10 }),
      }) satisfies Scenario,
  ),
  ...[1, 10].map(
    (percent) =>
      ({
        name: `failing_${percent}`,
        title: `in process, ${percent} % get a 500`,
        extra: true,
        run: (scene) => inProcess(scene, { place: hundred(`/some/${percent}`), failing: true }),
      }) satisfies Scenario,
  ),
  {
    name: 'repeated_keys',
    title: 'in process, 1 % of the keys twice',
    target: '10 % more',
    extra: true,
    run: (scene) => inProcess(scene, { repeatEvery: 100 }),
  },
];
