import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { deliveriesFoundQuery } from '../../api/deliveries';
import { eventTitle, eventTypesQuery } from '../../api/event-types';
import { useMe } from '../../api/session';
import type { Delivery, EventTypeList, Webhook } from '../../api/types';
import { webhooksQuery } from '../../api/webhooks';
import { deliveryStatuses, healthWords } from '../../copy';
import { shortAddress, webhookName } from '../../lib/webhook-name';
import {
  IconHelp,
  IconKey,
  IconKeyboard,
  IconList,
  IconMoon,
  IconNext,
  IconPencil,
  IconPeople,
  IconPlus,
  IconSearch,
  IconSend,
  IconSun,
} from '../../ui/icons';
import { useComputedColorScheme, useMantineColorScheme } from '../../ui/kit';
import { matching, type Entry } from './entries';

/** Fewer characters would match half of the log. */
const SHORTEST = 2;

/** More webhooks than this are a choice of webhooks, not of what to do with one. */
const MAX_WITH_ACTIONS = 2;

interface Found {
  entries: Entry[];
  /** The search for deliveries is still running. */
  searching: boolean;
}

/**
 * The entries that match the typed text.
 * @param text the debounced text, for which the server is queried.
 */
export function useEntries(typed: string, text: string, onShortcuts: () => void): Found {
  const navigate = useNavigate();
  const webhooks = useQuery(webhooksQuery).data ?? [];
  const catalogue = useQuery(eventTypesQuery).data;
  const places = usePlaces(onShortcuts);
  const asked = text.trim();
  const search = useQuery({
    ...deliveriesFoundQuery(asked),
    enabled: asked.length >= SHORTEST,
    placeholderData: keepPreviousData,
  });
  const wanted = typed.trim();
  const named = matching(webhooks.map(webhookEntry), wanted).slice(0, 5);
  const found = wanted.length < SHORTEST ? [] : (search.data ?? []);

  function webhookEntry(webhook: Webhook): Entry {
    return {
      id: webhook.id,
      group: 'Webhooks',
      label: webhookName(webhook),
      note: healthWords[webhook.health].word,
      words: shortAddress(webhook),
      icon: <IconSend />,
      run: () => void navigate({ to: '/recruiter/api/webhooks/$id', params: { id: webhook.id } }),
    };
  }

  function more({ id, label }: Entry): Entry[] {
    return [
      {
        id: `deliveries ${id}`,
        group: 'Webhooks',
        label: `Deliveries to ${label}`,
        icon: <IconList />,
        run: () => void navigate({ to: '/recruiter/api/deliveries', search: { webhook_id: id } }),
      },
      {
        id: `settings ${id}`,
        group: 'Webhooks',
        label: `Settings of ${label}`,
        icon: <IconPencil />,
        run: () => void navigate({ to: '/recruiter/api/webhooks/$id/settings', params: { id } }),
      },
    ];
  }

  function deliveryEntry(delivery: Delivery): Entry {
    return {
      id: delivery.id,
      group: 'Deliveries',
      label: labelOf(delivery, catalogue),
      note: `${webhookName(delivery.webhook)} · ${deliveryStatuses[delivery.status].word}`,
      icon: <IconNext />,
      run: () => void navigate({ to: '/recruiter/api/deliveries', search: { q: wanted, delivery: delivery.id } }),
    };
  }

  const all: Entry = {
    id: 'all that match',
    group: 'Deliveries',
    label: `All deliveries that match “${wanted}”`,
    icon: <IconSearch />,
    run: () => void navigate({ to: '/recruiter/api/deliveries', search: { q: wanted } }),
  };
  const few = wanted !== '' && named.length <= MAX_WITH_ACTIONS;
  return {
    entries: [
      ...(few ? named.flatMap((entry) => [entry, ...more(entry)]) : named),
      ...found.map(deliveryEntry),
      ...(wanted.length >= SHORTEST ? [all] : []),
      ...matching(places, wanted),
    ],
    searching: search.isFetching || asked !== wanted,
  };
}

function labelOf({ event, subject }: Delivery, catalogue: EventTypeList | undefined): string {
  const title = eventTitle(catalogue, event);
  return subject ? `${title} · ${subject.id}` : title;
}

/** Pages and actions: always the same for a person. */
function usePlaces(onShortcuts: () => void): Entry[] {
  const navigate = useNavigate();
  const me = useMe();
  const { setColorScheme } = useMantineColorScheme();
  const other = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark';
  const page = (label: string, to: string, icon: React.ReactNode, more: Partial<Entry> = {}): Entry => ({
    id: to,
    group: 'Pages',
    label,
    icon,
    run: () => void navigate({ to }),
    ...more,
  });
  return [
    page('Webhooks', '/recruiter/api/webhooks', <IconSend />),
    page('Deliveries', '/recruiter/api/deliveries', <IconList />, { words: 'log messages' }),
    page('Failed in the last 24 hours', 'failed', <IconList />, {
      words: 'deliveries errors',
      run: () => void navigate({ to: '/recruiter/api/deliveries', search: { status: 'failed', period: '24h' } }),
    }),
    page('Members', '/recruiter/api/members', <IconPeople />, { words: 'people invite roles' }),
    page('API keys', '/recruiter/api/keys', <IconKey />),
    page('Audit log', '/recruiter/api/audit', <IconList />, { words: 'history who did what' }),
    page('Guide', '/recruiter/api/guide', <IconHelp />, { words: 'help start here documentation' }),
    page('Guide: events', '/recruiter/api/guide/events', <IconHelp />, { words: 'fields examples' }),
    page('Guide: check the signature', '/recruiter/api/guide/verify', <IconHelp />, { words: 'code secret verify' }),
    page('Guide: signature checker', '/recruiter/api/guide/checker', <IconHelp />),
    page('Guide: tries and timing', '/recruiter/api/guide/tries', <IconHelp />, { words: 'retry pause off plan' }),
    page('Guide: addresses and limits', '/recruiter/api/guide/limits', <IconHelp />, { words: 'firewall ip size' }),
    page('Guide: common problems', '/recruiter/api/guide/problems', <IconHelp />, { words: 'errors reasons' }),
    ...(me.rights.includes('webhooks.write')
      ? [
          {
            id: 'add',
            group: 'Actions' as const,
            label: 'Add webhook',
            words: 'new create slack teams sheets',
            icon: <IconPlus />,
            run: () => void navigate({ to: '/recruiter/api/webhooks/new' }),
          },
        ]
      : []),
    {
      id: 'theme',
      group: 'Actions',
      label: `Switch to the ${other} theme`,
      words: 'dark light colours',
      icon: other === 'dark' ? <IconMoon /> : <IconSun />,
      run: () => setColorScheme(other),
    },
    {
      id: 'keys',
      group: 'Actions',
      label: 'Keyboard shortcuts',
      words: 'help',
      icon: <IconKeyboard />,
      run: onShortcuts,
    },
  ];
}
