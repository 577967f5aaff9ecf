import { TestEnvironment } from 'jest-environment-jsdom';

/** jsdom with the requests of Node: jsdom itself has none. A relative address belongs to the page, as in a browser. */
export default class BrowserEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    class PageRequest extends Request {
      constructor(input, init) {
        super(typeof input === 'string' ? new URL(input, 'http://localhost') : input, init);
      }
    }
    // The signals too: Node's requests take none of jsdom's.
    Object.assign(this.global, {
      Request: PageRequest,
      Response,
      Headers,
      AbortController,
      AbortSignal,
      structuredClone,
    });
    // jsdom's own has no `subtle`.
    Object.defineProperty(this.global, 'crypto', { value: crypto, configurable: true });
  }
}
