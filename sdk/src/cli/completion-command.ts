import { print } from './terminal.js';
import { UsageError } from './usage-error.js';

/** The options of each command, for the shell. */
const OPTIONS: Record<string, string> = {
  login: '--url --help',
  logout: '--url --help',
  listen: '--events --resume --output --url --json --help',
  trigger: '--set --webhook --url --json --help',
  deliveries: '--failed --status --since --webhook --event --limit --url --json --help',
  resend: '--failed --skipped --since --webhook --event --dry-run --url --json --help',
  events: 'tail --event --since --once --url --json --help',
  verify: '--secret-file --at --json --help',
  doctor: '--url --json --help',
  outbox: 'sql status rejected --database --table --from --help',
  relay: '--database --table --keep-days --batch --port --once --transport --retry-rejected --help',
  completion: 'bash zsh fish',
};

const NAMES = Object.keys(OPTIONS).join(' ');
const CASES = Object.entries(OPTIONS)
  .map(([name, words]) => `    ${name}) words="${words}" ;;`)
  .join('\n');

const BASH = `_bpoc_webhooks() {
  local words
  case "\${COMP_WORDS[1]}" in
${CASES}
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="${NAMES}"
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _bpoc_webhooks bpoc-webhooks`;

const FISH = [
  `complete -c bpoc-webhooks -f -n __fish_use_subcommand -a '${NAMES}'`,
  ...Object.entries(OPTIONS).map(
    ([name, words]) => `complete -c bpoc-webhooks -f -n '__fish_seen_subcommand_from ${name}' -a '${words}'`,
  ),
].join('\n');

const SCRIPTS: Record<string, string> = {
  bash: BASH,
  zsh: `autoload -U +X bashcompinit && bashcompinit\n${BASH}`,
  fish: FISH,
};

/** `completion bash|zsh|fish`: prints what the shell has to run. */
export function completionCommand([shell = '']: string[]): Promise<void> {
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (!script)
    throw new UsageError('completion needs one of: bash, zsh, fish. For bash: source <(bpoc-webhooks completion bash)');
  print(script);
  return Promise.resolve();
}
