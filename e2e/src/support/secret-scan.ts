import type { ConsoleMessage, Page, Request } from 'playwright-core';

/* Where a browser may keep one-time secrets. */

const KEPT = `JSON.stringify({
  document: document.documentElement.outerHTML,
  fields: [...document.querySelectorAll('input, textarea')].map((field) => field.value),
  storage: [{ ...localStorage }, { ...sessionStorage }, document.cookie],
  address: location.href,
  state: history.state,
})`;

/** Records console output and requests of a page from now on. */
export class SecretScan {
  readonly #said: string[] = [];
  readonly #asked: string[] = [];

  constructor(private readonly page: Page) {
    page.on('console', (message: ConsoleMessage) => this.#said.push(message.text()));
    page.on('request', (request: Request) => this.#asked.push(request.url()));
  }

  /** Where the text occurs: document, storage, address, history, console and requested URLs. */
  async placesOf(text: string): Promise<string[]> {
    const kept = JSON.parse(String(await this.page.evaluate(KEPT))) as Record<string, unknown>;
    const places: Record<string, unknown> = {
      ...kept,
      history: await this.#history(),
      databases: await this.page.evaluate('indexedDB.databases()'),
      caches: await this.page.evaluate('caches.keys()'),
      console: this.#said,
      requests: this.#asked,
    };
    const spellings = [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1)];
    return Object.entries(places)
      .filter(([, content]) => spellings.some((spelled) => JSON.stringify(content).includes(spelled)))
      .map(([name]) => name);
  }

  /** All addresses and titles that Back and Forward lead to. */
  async #history(): Promise<unknown> {
    const devtools = await this.page.context().newCDPSession(this.page);
    const { entries } = await devtools.send('Page.getNavigationHistory');
    await devtools.detach();
    return entries;
  }
}
