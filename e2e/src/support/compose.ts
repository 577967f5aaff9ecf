import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './server.js';

/* docker-compose.yml as docker compose reads it: anchors merged, variables filled in from .env. */

interface ComposeService {
  image?: string;
  user?: string;
  command?: string[];
  environment?: Record<string, string | number | null>;
  depends_on?: Record<string, { condition: string }> | string[];
  deploy?: { replicas: number };
  healthcheck?: { test?: string[]; disable?: boolean };
  profiles?: string[];
  read_only?: boolean;
  volumes?: string[];
  ports?: string[];
}

interface ComposeFile {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
}

export const readCompose = (): ComposeFile =>
  parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as ComposeFile;

type Variables = Record<string, string | undefined>;

/** Fills in `${NAME}`, `${NAME:-otherwise}` and `${NAME:?message}`, also nested. */
function fillIn(text: string, variables: Variables): string {
  const start = text.indexOf('${');
  if (start < 0) return text;
  let end = start + 2;
  for (let depth = 1; depth > 0; end++) {
    if (end >= text.length) throw new Error(`no end of \${ in ${text}`);
    if (text.startsWith('${', end)) depth++;
    else if (text[end] === '}') depth--;
  }
  const [, name, operator, rest] = /^(\w+)(:[-?])?(.*)$/s.exec(text.slice(start + 2, end - 1))!;
  const value = variables[name!] || (operator === ':-' ? fillIn(rest!, variables) : '');
  if (value === '' && operator === ':?') throw new Error(rest);
  return text.slice(0, start) + value + fillIn(text.slice(end), variables);
}

/** The environment of a service's container; variables without a value come from .env. */
export function environmentOf({ environment = {} }: ComposeService, variables: Variables): Record<string, string> {
  const filled = Object.entries(environment).flatMap(([name, value]): [string, string][] => {
    if (value !== null) return [[name, fillIn(String(value), variables)]];
    const passedOn = variables[name];
    return passedOn === undefined ? [] : [[name, passedOn]];
  });
  return Object.fromEntries(filled);
}
