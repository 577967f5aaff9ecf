import { TestEnvironment } from 'jest-environment-jsdom';

/**
 * jsdom with the requests of Node: jsdom itself has none. A relative address belongs to the page, as in a browser. The
 * option `timeZone` is the reader's: within a test `process.env` is a copy, and setting TZ there has no effect.
 */
export default class BrowserEnvironment extends TestEnvironment {
  #timeZone;

  constructor(config, context) {
    super(config, context);
    this.#timeZone = config.projectConfig.testEnvironmentOptions.timeZone;
  }

  async setup() {
    await super.setup();
    setTimeZone(this.#timeZone);
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

  async teardown() {
    setTimeZone(timeZone);
    await super.teardown();
  }
}

const timeZone = process.env.TZ;

function setTimeZone(zone = timeZone) {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
}
