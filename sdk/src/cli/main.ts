#!/usr/bin/env node
import { ApiError } from './api.js';
import { completionCommand } from './completion-command.js';
import { deliveriesCommand } from './deliveries-command.js';
import { doctorCommand } from './doctor-command.js';
import { eventsCommand } from './events-command.js';
import { listenCommand } from './listen-command.js';
import { loginCommand } from './login-command.js';
import { logoutCommand } from './logout-command.js';
import { outboxCommand } from './outbox-command.js';
import { relayCommand } from './relay-command.js';
import { resendCommand } from './resend-command.js';
import { triggerCommand } from './trigger-command.js';
import { UsageError } from './usage-error.js';
import { verifyCommand } from './verify-command.js';

/** Gets the arguments after its name. Prints its result; rejects if it fails. */
type Command = (args: string[]) => Promise<void>;

const COMMANDS: Record<string, Command> = {
  login: loginCommand,
  logout: logoutCommand,
  listen: listenCommand,
  trigger: triggerCommand,
  deliveries: deliveriesCommand,
  resend: resendCommand,
  events: eventsCommand,
  verify: verifyCommand,
  doctor: doctorCommand,
  completion: completionCommand,
  outbox: outboxCommand,
  relay: relayCommand,
};

const HELP = `bpoc-webhooks <command>

  login               signs in with the browser
  logout              revokes the key of login
  listen              receives webhooks on this machine
  trigger             sends the example of an event
  deliveries          lists deliveries
  resend              resends deliveries
  events tail         prints events as they arrive
  verify              checks a request and shows which step fails
  doctor              checks server, clock, key and webhooks
  completion          completes commands and options in bash, zsh or fish

  outbox sql          prints the SQL of the outbox table, for a migration of the service
  outbox status       prints how many events are pending, how old the oldest is, how many were refused
  outbox rejected     prints the refused events, one JSON line each
  relay               publishes the events in the outbox until stopped

  bpoc-webhooks <command> --help   options and examples

Exit codes: 0 success, 1 failed, 2 wrong arguments, 3 the server is unreachable or refuses the key.
`;

async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined || name === '--help' || name === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new UsageError(`there is no command "${name}"`);
  await command(args);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  // Node's parseArgs says which argument is wrong.
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isUsage = error instanceof UsageError || code.startsWith('ERR_PARSE_ARGS');
  // pg refuses a connection with an AggregateError, whose message is empty.
  const words = error instanceof Error ? error.message || code || error.name : String(error);
  process.stderr.write(`bpoc-webhooks: ${words}\n${isUsage ? 'See bpoc-webhooks --help.\n' : ''}`);
  process.exitCode = isUsage ? 2 : isRefusal(error) ? 3 : 1;
});

/** The server is unreachable or refuses the key. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && [0, 401, 403].includes(error.status);
}
