import { resolve } from 'node:path';
import { parseUrl } from '../lib/parse-url.js';
import { KeyringError, parseKeyring } from '../lib/keyring.js';
import { destinationHosts, recordUrls, securityContacts } from './address-lists.js';
import { IDENTITY_SOURCES, identitySettings } from './identity-settings.js';
import { natsSettings } from './nats-settings.js';
import { outboundProxy } from './outbound-proxy.js';

/*
 * The only code that reads process.env. Each variable has a comment here and a line in .env.example; a test compares
 * the two. All problems are reported together.
 */

export const ENV = Symbol('ENV');

export class EnvError extends Error {}

type Source = Record<string, string | undefined>;

/** Reads values and collects all problems. */
class Reader {
  readonly problems: string[] = [];
  constructor(readonly source: Source) {}

  text(name: string): string | null {
    return this.source[name]?.trim() || null;
  }

  number(
    name: string,
    fallback: number,
    { min, max, integer = true }: { min: number; max: number; integer?: boolean },
  ): number {
    const raw = this.text(name);
    if (raw === null) return fallback;
    const value = Number(raw);
    if (!Number.isFinite(value) || value < min || value > max || (integer && !Number.isInteger(value))) {
      this.problems.push(
        `${name} must be ${integer ? 'a whole number' : 'a number'} from ${min} to ${max}, not "${raw}"`,
      );
      return fallback;
    }
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const raw = this.text(name);
    if (raw === null) return fallback;
    if ((allowed as readonly string[]).includes(raw)) return raw as T;
    this.problems.push(`${name} must be one of ${allowed.join(', ')}, not "${raw}"`);
    return fallback;
  }

  url(name: string, protocols: string[]): string | null {
    const raw = this.text(name);
    if (raw === null) return null;
    // The message does not repeat the value, which may contain a password.
    if (!protocols.includes(parseUrl(raw)?.protocol ?? '')) {
      this.problems.push(`${name} must be a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`);
      return null;
    }
    return raw;
  }

  /** With or without a display name: `BPOC Webhooks <alerts@example.org>`. */
  mailAddress(name: string, fallback: string): string {
    const raw = this.text(name) ?? fallback;
    if (!/^([^<>\p{Cc}]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/u.test(raw))
      this.problems.push(`${name} must be an email address such as BPOC Webhooks <alerts@example.org>, not "${raw}"`);
    return raw;
  }

  list(name: string): string[] {
    return (this.source[name] ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
  }

  /** null if unset; an empty value is an empty list. */
  cidrs(name: string): string[] | null {
    if (this.source[name] === undefined) return null;
    const cidrs = this.list(name);
    for (const cidr of cidrs) {
      if (!/^[0-9a-fA-F.:]+(\/\d{1,3})?$/.test(cidr))
        this.problems.push(`${name}: "${cidr}" is not an address range such as 10.0.0.0/8`);
    }
    return cidrs;
  }

  keyring(name: string): string | null {
    const raw = this.text(name);
    if (raw === null) return null;
    try {
      parseKeyring(raw);
    } catch (error) {
      if (!(error instanceof KeyringError)) throw error;
      this.problems.push(`${name} ${error.message}`);
    }
    return raw;
  }
}

export type Env = ReturnType<typeof settingsFrom>;

function settingsFrom(read: Reader) {
  return {
    /** Address to listen on. */
    host: read.text('HOST') ?? '127.0.0.1',
    /** Port to listen on; 0: any free one. */
    port: read.number('PORT', 3000, { min: 0, max: 65_535 }),
    /** api: answers HTTP; worker: delivers; all: both. */
    role: read.oneOf('ROLE', ['api', 'worker', 'all'], 'all'),
    /**
     * Where browsers and receivers reach this server, also for links in mails and for secure cookies; null: HOST and
     * PORT.
     */
    publicUrl: read.url('PUBLIC_URL', ['http:', 'https:'])?.replace(/\/+$/, '') ?? null,
    /** Proxies (addresses or ranges) whose X-Forwarded-For is trusted. */
    trustedProxies: read.cidrs('TRUSTED_PROXIES') ?? [],
    /** Folder of the embedded database, its keys and demo.json. */
    dataDir: resolve(read.text('DATA_DIR') ?? '.data'),
    /** A PostgreSQL 15 or newer; null: the embedded one in DATA_DIR, with a demo agency. */
    databaseUrl: read.url('DATABASE_URL', ['postgres:', 'postgresql:']),
    /** The same database without PgBouncer, for start-up options and LISTEN; null: DATABASE_URL. */
    databaseDirectUrl: read.url('DATABASE_DIRECT_URL', ['postgres:', 'postgresql:']),
    /** Connections of each of the two pools (tenant, service). */
    databasePoolSize: read.number('DATABASE_POOL_SIZE', 10, { min: 2, max: 200 }),
    /** Source of events in addition to HTTP; null: none. */
    nats: natsSettings(
      {
        // nats://[user:password@]host:4222 or tls://…, several of one cluster separated by commas; unset: no NATS.
        addresses: read.list('NATS_URL'),
        // A .creds file, for servers with accounts.
        credentialsFile: read.text('NATS_CREDENTIALS'),
        // The authority that signed the servers' certificate (PEM), if the system does not know it.
        caFile: read.text('NATS_CA'),
        // A client certificate (PEM), for servers that verify clients …
        certFile: read.text('NATS_CERT'),
        // … and its key.
        keyFile: read.text('NATS_KEY'),
        // Copies of the stream, if this server creates it; 3 in a cluster.
        replicas: read.number('NATS_REPLICAS', 1, { min: 1, max: 5 }),
      },
      read.problems,
    ),
    /** k1:<base64 of 32 bytes>,…: the first key encrypts, all decrypt. null only with the embedded database. */
    secretsKeys: read.keyring('SECRETS_KEYS'),
    /** Token with which an external scheduler calls /api/cron/webhook-retries; null: 404. */
    cronSecret: read.text('CRON_SECRET'),
    /** The identity provider of the platform; null: only local accounts and keys. */
    identity: identitySettings(
      {
        // Exact `iss` of the identity provider's tokens.
        issuer: read.text('IDENTITY_ISSUER'),
        // Required `aud`.
        audience: read.text('IDENTITY_AUDIENCE'),
        // Its public keys; fetched through the address guard, so a private address needs ALLOWED_PRIVATE_CIDRS.
        jwksUrl: read.url('IDENTITY_JWKS_URL', ['https:', 'http:']),
        // Signature algorithms accepted with those keys.
        algorithms: read.list('IDENTITY_ALGORITHMS'),
        // Shared secret of a provider that signs with HS256; may be combined with keys.
        hs256Secret: read.text('IDENTITY_HS256_SECRET'),
        // users: agency and role from our table, by email. app_metadata: from the token.
        source: read.oneOf('IDENTITY_SOURCE', IDENTITY_SOURCES, 'users'),
      },
      read.problems,
    ),
    /** Required as a bearer token for /metrics; null: open. */
    metricsToken: read.text('METRICS_TOKEN'),
    /** Where to report vulnerabilities: mailto: or https: URIs, served at /.well-known/security.txt; empty: 404. */
    securityContact: securityContacts(read.list('SECURITY_CONTACT'), read.problems),
    /** Private ranges that webhooks may point to; null: loopback in the demo, elsewhere none. */
    allowedPrivateCidrs: read.cidrs('ALLOWED_PRIVATE_CIDRS'),
    /** Name servers for webhook addresses; empty: those of the system. */
    dnsServers: read.list('DNS_SERVERS'),
    /**
     * Stand-ins for Slack and the like in tests: slack=127.0.0.1:4001,… The address must be allowed as a private one.
     */
    destinationHosts: destinationHosts(read.list('DESTINATION_HOSTS'), read.problems),
    /** Multiplies retry delays, pauses and switch-off times; for tests. */
    delayScale: read.number('DELAY_SCALE', 1, { min: 0.000_001, max: 1000, integer: false }),
    /** Seconds within which turning off, deleting and bulk resends can be undone; 0: they take effect at once. */
    undoMs: read.number('UNDO_SECONDS', 10, { min: 0, max: 60, integer: false }) * 1_000,
    /** How long a receiver may take to answer. */
    attemptTimeoutMs: read.number('ATTEMPT_TIMEOUT_MS', 10_000, { min: 50, max: 60_000 }),
    /** How long a connection to a receiver is used before its name is looked up again. */
    connectionMaxAgeMs: read.number('CONNECTION_MAX_AGE_MS', 60_000, { min: 100, max: 600_000 }),
    /** Lease of a claim; at least three times the attempt timeout, and longer than the tail of a short attempt. */
    leaseMs: read.number('LEASE_MS', 60_000, { min: 3_000, max: 3_600_000 }),
    /** Concurrent requests of this process. */
    maxInFlight: read.number('MAX_IN_FLIGHT', 1_024, { min: 1, max: 10_000 }),
    /** The same for one webhook. */
    maxInFlightPerWebhook: read.number('MAX_IN_FLIGHT_PER_WEBHOOK', 10, { min: 1, max: 1000 }),
    /** The same for one agency. */
    maxInFlightPerAgency: read.number('MAX_IN_FLIGHT_PER_AGENCY', 256, { min: 1, max: 10_000 }),
    /** Days that events, deliveries and attempts are kept. */
    retentionDays: read.number('RETENTION_DAYS', 30, { min: 1, max: 3650 }),
    /** Source addresses (or ranges) of deliveries, shown for receivers' firewall rules and not used otherwise. */
    outboundAddresses: read.cidrs('OUTBOUND_ADDRESSES') ?? [],
    /**
     * Proxy for all requests to receivers: http(s)://[user:password@]host:port; null: none. It gets addresses, never
     * names.
     */
    outboundProxy: outboundProxy(read.text('OUTBOUND_PROXY'), read.problems),
    /** URLs of records in the platform by kind: application=https://app.example.org/applications/{id},… */
    recordUrls: recordUrls(read.list('RECORD_URLS'), read.problems),
    /**
     * smtp://user:password@host:587 or smtps://…; null: mails go to DATA_DIR/mailbox in the demo, elsewhere none are
     * sent.
     */
    smtpUrl: read.url('SMTP_URL', ['smtp:', 'smtps:']),
    /** Sender of all mails. */
    alertFrom: read.mailAddress('ALERT_FROM', 'BPOC Webhooks <no-reply@localhost>'),
    /** Mails about events that an agency sends in an hour, over all its webhooks; further ones wait. */
    mailsPerHour: read.number('MAILS_PER_HOUR', 600, { min: 20, max: 1_000_000 }),
    /** fatal, error, warn, info, debug, trace or silent. */
    logLevel: read.oneOf('LOG_LEVEL', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info'),
    /** json for machines, pretty for people; unset: pretty on a terminal. */
    logFormat: read.oneOf('LOG_FORMAT', ['json', 'pretty'], process.stdout.isTTY ? 'pretty' : 'json'),
  };
}

/** Throws one EnvError that lists every problem. `needsKeys: false` for commands that touch no secrets. */
export function loadEnv(source: Source, { needsKeys = true } = {}): Env {
  const read = new Reader(source);
  const env = settingsFrom(read);
  if (env.leaseMs < 3 * env.attemptTimeoutMs) {
    read.problems.push(
      `LEASE_MS must be at least three times ATTEMPT_TIMEOUT_MS (${3 * env.attemptTimeoutMs}), not ${env.leaseMs}`,
    );
  }
  if (needsKeys && env.databaseUrl && !env.secretsKeys) {
    read.problems.push('SECRETS_KEYS must be set when DATABASE_URL is: it encrypts the secrets of webhooks');
  }
  if (read.problems.length > 0) {
    throw new EnvError(`These settings are wrong:\n${read.problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
  return env;
}
