import { HttpService, type HttpModuleOptions } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import { AxiosError, AxiosHeaders } from 'axios';
import { lastValueFrom } from 'rxjs';
import { GuardedClient } from './guarded-client.js';

/**
 * Makes axios send through the guarded client only: it opens no sockets, follows no redirects and looks up no names.
 */
export function guardedOptions(client: GuardedClient): HttpModuleOptions {
  return {
    adapter: async (config) => {
      const all = Object.entries(AxiosHeaders.from(config.headers as AxiosHeaders).toJSON());
      const headers = Object.fromEntries(all.map(([name, value]) => [name, String(value)]));
      const result = await client.post({ url: config.url!, headers, body: config.data as string });
      if (result.kind === 'failed') throw new AxiosError(result.detail, result.reason, config);
      const { status, body } = result;
      return { status, statusText: '', headers: result.headers, data: body, config };
    },
    // No transformations: the bytes sent must be the bytes signed.
    transformRequest: [],
    transformResponse: [],
    validateStatus: null,
  };
}

/** For the few requests that are not deliveries. Deliveries use the client directly, which is twice as fast. */
@Injectable()
export class GuardedHttp {
  constructor(private readonly http: HttpService) {}

  /**
   * Resolves with the status, whatever it is. Without an answer rejects with an AxiosError whose `code` is a
   * FailureReason.
   */
  async postJson(url: string, body: string, headers: Record<string, string>): Promise<number> {
    const sent = { ...headers, 'content-type': 'application/json' };
    return (await lastValueFrom(this.http.post(url, body, { headers: sent }))).status;
  }
}
