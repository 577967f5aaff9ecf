/** The oldest PostgreSQL that the product supports. */
export const OLDEST: number;
/** Folder with the programs of Debian's PostgreSQL of this major version, or null when it is not installed. */
export function debianPostgres(version: number): string | null;
/** Starts a private PostgreSQL on a new data directory. `url` is that of its superuser; `stop` removes everything. */
export function startDebianPostgres(binaries: string): Promise<{ url: string; stop(): void }>;
