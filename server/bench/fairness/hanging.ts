import { beginWithSick, type Disturbance } from './disturbance.js';

/* Webhooks whose receiver never answers: each keeps ten requests open for ten seconds, repeatedly. */

interface Hanging {
  name: string;
  title: string;
  webhooks: number;
  sameHost: boolean;
  limit: Disturbance['limit'];
}

function hanging({ name, title, webhooks, sameHost, limit }: Hanging): Disturbance {
  return {
    name,
    title,
    limit,
    begin(place) {
      const origin = sameHost ? place.receiver.origin : place.receiver.otherOrigin;
      return beginWithSick(
        place,
        Array.from({ length: webhooks }, (_, index) => `${origin}/hang/${index}`),
      );
    },
  };
}

export const oneHangs = hanging({
  name: 'hang_1',
  title: '1 of 100 hangs',
  webhooks: 1,
  sameHost: false,
  limit: { ratio: 1.1 },
});
export const thirtyHang = hanging({
  name: 'hang_30',
  title: '30 of 100 hang',
  webhooks: 30,
  sameHost: false,
  limit: { ratio: 1.5 },
});
/** Like agencies that share an automation platform: one host, many paths. */
export const thirtyHangAtOneHost = hanging({
  name: 'hang_30_same_host',
  title: '30 of 100 hang, all 100 at one host',
  webhooks: 30,
  sameHost: true,
  limit: { ratio: 1.5 },
});
