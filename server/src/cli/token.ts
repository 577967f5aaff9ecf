import { runCommand, withDatabase, withServiceDatabase } from './command.js';
import { createToken, listTokens, revokeToken } from './service-tokens.js';
import { readTokenCommand } from './token-arguments.js';

/* npm run token -- create | list | revoke */

await runCommand(async (env) => {
  const command = readTokenCommand(process.argv.slice(2), Date.now());
  const lines = await withDatabase(env, (url) =>
    withServiceDatabase(url, (database) => {
      if (command.name === 'create') return createToken(database, command.wanted);
      return command.name === 'list' ? listTokens(database) : revokeToken(database, command.id);
    }),
  );
  console.log(lines.join('\n'));
});
