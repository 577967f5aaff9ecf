import { PublishError } from './publish-error.js';

export interface WebhooksConfiguration {
  /** The server's address, e.g. `https://webhooks.internal.example`. Default: BPOC_WEBHOOKS_URL. */
  url?: string | undefined;
  /** A service token with the scope `publish`. Default: BPOC_WEBHOOKS_TOKEN. */
  token?: string | undefined;
  /** Your own fetch, e.g. with an agent or tracing. Default: the built-in one. */
  fetch?: typeof fetch | undefined;
  /** Limit for all attempts and pauses of one call, in milliseconds. Default 30,000. */
  timeoutMs?: number | undefined;
  /** Maximum number of retries. Default: as many as fit into `timeoutMs`. */
  retries?: number | undefined;
}

export interface Settings {
  address: string;
  token: string;
  fetch: typeof fetch;
  timeoutMs: number;
  retries: number;
}

let configured: WebhooksConfiguration = {};

/** Configures publishing from this process. Omitted settings come from the environment or keep their default. */
export function configureWebhooks(configuration: WebhooksConfiguration): void {
  configured = { ...configuration };
}

export const currentConfiguration = (): WebhooksConfiguration => configured;

const PUBLISHING = { path: '/api/internal/events', variable: 'BPOC_WEBHOOKS_TOKEN' };

/**
 * The settings of a call, by default of a publish; `variable` is the environment variable that holds the token. Throws
 * PublishError `not_configured`, whose message names the missing setting.
 */
export function settingsOf(configuration: WebhooksConfiguration, { path, variable } = PUBLISHING): Settings {
  const url = configuration.url ?? process.env['BPOC_WEBHOOKS_URL'];
  const token = configuration.token ?? process.env[variable];
  if (!url || !token) {
    const missing = [!url && 'BPOC_WEBHOOKS_URL', !token && variable].filter(Boolean).join(' and ');
    throw new PublishError(`set ${missing}, or pass url and token in code`, { code: 'not_configured' });
  }
  if (!/^https?:\/\//.test(url) || !isUrl(url)) {
    throw new PublishError('the address of the server must start with https:// or http://', { code: 'not_configured' });
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new PublishError('the token contains a space, a line break or another invalid character', {
      code: 'not_configured',
    });
  }
  return {
    address: `${url.replace(/\/+$/, '')}${path}`,
    token,
    fetch: configuration.fetch ?? fetch,
    timeoutMs: configuration.timeoutMs ?? 30_000,
    retries: configuration.retries ?? Infinity,
  };
}

/** Not `URL.canParse`, which in Node 20 refuses Latin-1 letters once V8 has optimised its caller. */
function isUrl(text: string): boolean {
  try {
    return new URL(text).host !== '';
  } catch {
    return false;
  }
}
