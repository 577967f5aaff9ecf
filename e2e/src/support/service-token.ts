import { expect } from '@jest/globals';
import { ServerProcess } from './server.js';

/** A service token with these scopes, by the command that operators use; for all agencies by default. */
export async function serviceToken(
  dataDir: string,
  { scopes, agencyIds = null }: { scopes: string[]; agencyIds?: string[] | null },
): Promise<string> {
  const agencies = agencyIds === null ? ['--all'] : agencyIds.flatMap((id) => ['--agency', id]);
  const create = ['create', '--name', 'Test', '--scopes', scopes.join(','), ...agencies];
  const command = new ServerProcess(dataDir, {}, ['server/dist/cli/token.js', ...create]);
  expect(await command.exited).toEqual({ code: 0, signal: null });
  command.forget();
  return /bpoc_svc_[\w-]+/.exec(command.logs())![0];
}
