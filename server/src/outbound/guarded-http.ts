import { HttpService } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import axios, { AxiosError, AxiosHeaders, type AxiosAdapter } from 'axios';
import { lastValueFrom } from 'rxjs';
import { GuardedClient } from './guarded-client.js';

/** Axios whose only way out is the guarded client: no socket, redirect, proxy or name look-up of its own. */
export function guardedAdapter(client: GuardedClient): AxiosAdapter {
  return async (config) => {
    const headers = Object.fromEntries(
      Object.entries(AxiosHeaders.from(config.headers as AxiosHeaders).toJSON()).map(([name, value]) => [
        name,
        String(value),
      ]),
    );
    const result = await client.post({ url: config.url!, headers, body: config.data as string });
    if (result.kind === 'failed') throw new AxiosError(result.detail, result.reason, config);
    const { status, body } = result;
    return { status, statusText: '', headers: result.headers, data: body, config };
  };
}

/** For the few requests that are no deliveries. Deliveries use the client itself, which is twice as fast. */
@Injectable()
export class GuardedHttp {
  readonly #http: HttpService;

  constructor(client: GuardedClient) {
    // No transformation: the bytes that were signed are the bytes that are sent. Any status is an answer.
    const options = {
      adapter: guardedAdapter(client),
      transformRequest: [],
      transformResponse: [],
      validateStatus: null,
    };
    this.#http = new HttpService(axios.create(options));
  }

  /** POSTs a JSON text. Answers the status, whatever it is; rejects with AxiosError, whose `code` is a FailureReason, when there was none. */
  async postJson(url: string, body: string, headers: Record<string, string>): Promise<number> {
    const sent = { ...headers, 'content-type': 'application/json' };
    return (await lastValueFrom(this.#http.post(url, body, { headers: sent }))).status;
  }
}
