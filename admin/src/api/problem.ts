import type { ProblemBody } from './types';

/** The server answered with an error. `body` is its problem+json, or a substitute if the response had none. */
export class ApiProblem extends Error {
  constructor(readonly body: ProblemBody) {
    super(body.detail);
    this.name = 'ApiProblem';
  }

  get status(): number {
    return this.body.status;
  }

  get code(): string {
    return this.body.code;
  }

  /** What support asks for; undefined when the answer did not come from our server. */
  get requestId(): string | undefined {
    return this.body.request_id || undefined;
  }

  /** What is wrong by field; empty if the problem is about the request as a whole. */
  get fields(): NonNullable<ProblemBody['errors']> {
    return this.body.errors ?? [];
  }
}

/** No response at all: no network, or the server is down. The user's input is kept and can be sent again. */
export class ConnectionLost extends Error {
  constructor(cause: unknown) {
    super('We could not reach BPOC.', { cause });
    this.name = 'ConnectionLost';
  }
}

interface ProblemWords {
  text: string;
  requestId?: string;
}

/** One plain sentence for a person, with the id that support needs. */
export function wordsFor(error: unknown): ProblemWords {
  if (error instanceof ConnectionLost) {
    return { text: 'We could not reach BPOC. Check your connection and try again. Nothing you typed is lost.' };
  }
  if (isStatus(error, 401)) {
    // Visible only after the person has signed in again: until then the sign-in dialog covers it.
    return { text: 'You were signed out, so this was not done. Try again. Nothing you typed is lost.' };
  }
  if (error instanceof ApiProblem) {
    const text =
      error.status >= 500
        ? 'Something went wrong on our side. Try again in a moment.'
        : error.status === 429
          ? 'Too many requests. Wait a moment and try again.'
          : error.message;
    return error.requestId ? { text, requestId: error.requestId } : { text };
  }
  return { text: 'Something went wrong in this page. Reload it and try again.' };
}

export function isStatus(error: unknown, status: number): boolean {
  return error instanceof ApiProblem && error.status === status;
}
