import { HOUR_MS } from '../lib/time.js';
import { SERVICE_SCOPES, type ServiceScope } from '../auth/role.js';
import { isUuid } from '../lib/ids.js';
import { readArguments, UsageError } from './command.js';
import type { WantedToken } from './service-tokens.js';

const USAGE = `npm run token -- create --name "Jobs service" --scopes publish (--agency <id> … | --all) [--expires 90d]
npm run token -- list
npm run token -- revoke <id>

Scopes, separated by commas: publish (events), erase (what events said about a candidate), agencies (create agencies
and their owners), rejected (events from NATS that were not accepted), support (which webhooks have trouble). --agency
may be given several times; --all is for all agencies, present and future.
--expires: days (90d) or hours (12h); default: never.`;

type TokenCommand = { name: 'create'; wanted: WantedToken } | { name: 'list' } | { name: 'revoke'; id: string };

/** Throws UsageError. */
export function readTokenCommand(args: string[], nowMs: number): TokenCommand {
  const { values, positionals } = readArguments(USAGE, { args, options: OPTIONS, allowPositionals: true });
  const [name, id, ...rest] = positionals;
  const given = Object.keys(values).length;
  if (name === 'list' && id === undefined && given === 0) return { name };
  if (name === 'revoke' && id !== undefined && rest.length === 0 && given === 0) return { name, id };
  if (name !== 'create' || id !== undefined) throw new UsageError(USAGE);
  const { name: title = '', scopes, agency, all = false, expires } = values;
  if (title.trim() === '' || scopes === undefined || all === (agency !== undefined)) throw new UsageError(USAGE);
  const wanted = {
    name: title.trim(),
    scopes: readScopes(scopes),
    agencyIds: agency === undefined ? null : readIds(agency),
    expiresAt: expires === undefined ? null : readExpiry(expires, nowMs),
  };
  return { name, wanted };
}

const OPTIONS = {
  name: { type: 'string' },
  scopes: { type: 'string' },
  agency: { type: 'string', multiple: true },
  all: { type: 'boolean' },
  expires: { type: 'string' },
} as const;

function readScopes(text: string): ServiceScope[] {
  const scopes = text.split(',').map((scope) => scope.trim());
  const wrong = scopes.find((scope) => !(SERVICE_SCOPES as readonly string[]).includes(scope));
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is not a scope: ${SERVICE_SCOPES.join(', ')}.`);
  return [...new Set(scopes)] as ServiceScope[];
}

function readIds(ids: string[]): string[] {
  const wrong = ids.filter((id) => !isUuid(id)).join(', ');
  if (wrong !== '') throw new UsageError(`"${wrong}" is not the id of an agency.`);
  return [...new Set(ids.map((id) => id.toLowerCase()))];
}

/** A hundred years, which is within the range of PostgreSQL dates and of four-digit years. */
const MAX_HOURS = 24 * 36_500;

function readExpiry(text: string, nowMs: number): Date {
  const [, count, unit] = /^(\d{1,6})([dh])$/.exec(text) ?? [];
  const hours = Number(count) * (unit === 'd' ? 24 : 1);
  if (!(hours > 0 && hours <= MAX_HOURS)) throw new UsageError(`"${text}" is not a time such as 90d or 12h.`);
  return new Date(nowMs + hours * HOUR_MS);
}
