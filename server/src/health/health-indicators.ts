import { Injectable } from '@nestjs/common';

/** How something is that must work for this process to be of use. `detail` is for operators: numbers and words, no secrets. */
export interface Health {
  ok: boolean;
  detail?: string;
}

/** What `/health/ready` asks. The parts of the server that run by themselves (loops, listeners) register here. */
@Injectable()
export class HealthIndicators {
  readonly #checks = new Map<string, () => Health | Promise<Health>>();

  /** Adds a check under a name that is not taken yet. It must answer at once or fail by itself: it is asked every few seconds. */
  register(name: string, check: () => Health | Promise<Health>): void {
    if (this.#checks.has(name)) throw new Error(`there is a health check named ${name} already`);
    this.#checks.set(name, check);
  }

  /** Asks all of them at once. A check that throws is one that is not ok. */
  async askAll(): Promise<Record<string, Health>> {
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
