import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Env } from './env.js';

/** Properties that may contain a secret, up to three levels deep. The log has ids, and never contents. */
const REDACTED = ['authorization', 'cookie', 'password', 'secret', 'token', 'apiKey', 'serviceToken'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

export function createLog(env: Pick<Env, 'logLevel' | 'logFormat'>): Logger {
  const options = { level: env.logLevel, redact: { paths: REDACTED, censor: '[redacted]' } };
  if (env.logFormat === 'json') return pino(options);
  return pino(options, pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' }));
}

/** Lets Nest log through pino. An object becomes a line with its fields, of which `msg` is the message. */
export class NestLog implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: string): void {
    // At start Nest logs every module and route, which does not help operators.
    const level = NOISE.has(context ?? '') ? 'debug' : 'info';
    this.#write(level, message, context);
  }

  warn(message: unknown, context?: string): void {
    this.#write('warn', message, context);
  }

  error(message: unknown, stack?: string, context?: string): void {
    this.#write('error', message, context, stack);
  }

  fatal(message: unknown, context?: string): void {
    this.#write('fatal', message, context);
  }

  debug(message: unknown, context?: string): void {
    this.#write('debug', message, context);
  }

  verbose(message: unknown, context?: string): void {
    this.#write('trace', message, context);
  }

  #write(
    level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace',
    message: unknown,
    context: string | undefined,
    stack?: string,
  ): void {
    if (message instanceof Error) this.logger[level]({ err: message, context }, message.message);
    else if (typeof message === 'string') this.logger[level]({ context, stack }, message);
    else this.logger[level]({ context, stack, ...(message as object) });
  }
}

const NOISE = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);
