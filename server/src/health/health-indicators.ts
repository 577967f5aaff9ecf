import { Injectable } from '@nestjs/common';

/** `detail` is for operators and must not contain secrets. */
export interface Health {
  ok: boolean;
  detail?: string;
}

/** The checks of `/health/ready`, which the parts of the server register. */
@Injectable()
export class HealthIndicators {
  readonly #checks = new Map<string, () => Health | Promise<Health>>();

  /** The check runs every few seconds: it must be fast and have its own timeout. */
  register(name: string, check: () => Health | Promise<Health>): void {
    if (this.#checks.has(name)) throw new Error(`there is a health check named ${name} already`);
    this.#checks.set(name, check);
  }

  /** Runs all checks concurrently. A check that throws is not ok. */
  async checkAll(): Promise<Record<string, Health>> {
    const answers = [...this.#checks].map(async ([name, check]) => [name, await ask(check)] as const);
    return Object.fromEntries(await Promise.all(answers));
  }
}

async function ask(check: () => Health | Promise<Health>): Promise<Health> {
  try {
    return await check();
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : 'failed' };
  }
}
