/** Settings from the environment. The package reads BPOC_WEBHOOKS_URL and BPOC_WEBHOOKS_TOKEN itself. */
export const SETTINGS = {
  databaseUrl: required('DATABASE_URL'),
  agencyId: required('AGENCY_ID'),
  port: Number(process.env['PORT'] ?? 4100),
};

/** The schema of this service; other services have theirs. */
export const SCHEMA = 'applications';
export const OUTBOX = `${SCHEMA}.bpoc_outbox`;

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}`);
  return value;
}
