import { recruiter } from '../client.js';
import { dialogOf, go, openDialog, settled, type Screen, type Visit, webhook } from './visit.js';

/* Links for people without an account. */

/** Makes a link and opens it. */
async function open(visit: Visit, path: string, heading: string, body: object = {}): Promise<void> {
  const made = await recruiter(visit.server).post(`/api/recruiter/${path}`).send(body).expect(201);
  await visit.page.goto((made.body as { url: string }).url);
  await visit.page.getByRole('heading', { name: heading }).waitFor();
  await settled(visit.page);
}

export const sharing: Screen[] = [
  {
    name: 'shared-handover',
    as: 'signed-out',
    show: (visit) => {
      const { id, secret } = visit.agency.ats;
      return open(visit, `webhooks/${id}/handover`, 'Your address', { secret });
    },
  },
  {
    name: 'shared-delivery',
    as: 'signed-out',
    show: async (visit) => open(visit, `deliveries/${(await visit.agency.deliveryIn('failed')).id}/share`, 'Our tries'),
  },
  { name: 'shared-ended', as: 'signed-out', state: true, show: (visit) => go(visit, '/shared#bpoc_lnk_x') },
  {
    name: 'handover-card',
    state: true,
    show: async (visit) => {
      await go(visit, webhook(visit.agency.ats.id, '/settings'));
      await visit.page.getByRole('heading', { name: 'For your developer' }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'share-delivery',
    show: async (visit) => {
      await go(visit, `/recruiter/api/deliveries/${(await visit.agency.deliveryIn('failed')).id}`);
      await openDialog(visit, 'Share…');
      await dialogOf(visit.page).getByRole('button', { name: 'Create a link' }).waitFor();
    },
  },
];
