import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Person, SeededAgency } from './agency.js';
import { launch } from './browser.js';
import type { Screen } from './screens.js';
import type { TestServer } from './server.js';

/* How people look at the app: theme and width, signed in as this or that person. */

export interface Look {
  colorScheme: 'light' | 'dark';
  width: number;
  height: number;
}

const LAPTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

export const LOOKS: readonly Look[] = [
  { colorScheme: 'light', ...LAPTOP },
  { colorScheme: 'light', ...PHONE },
  { colorScheme: 'dark', ...PHONE },
  { colorScheme: 'dark', ...LAPTOP },
];

export const nameOf = ({ colorScheme, width }: Look): string => `${colorScheme}-${width}`;

/** Changes the theme and the size of a page that is open, as its owner would; everything follows without a reload. */
export async function lookAs(page: Page, { colorScheme, width, height }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.setViewportSize({ width, height });
  await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
  // What fades in has its colours only at the end.
  await page.waitForFunction('document.getAnimations().every((animation) => animation.playState !== "running")');
}

/** A browser that visits one screen after another, each on a page of its own. */
export class Visitor {
  readonly #contexts = new Map<string, BrowserContext>();

  private constructor(
    private readonly browser: Browser,
    private readonly server: TestServer,
    private readonly agency: SeededAgency,
  ) {}

  static async open(path: string, server: TestServer, agency: SeededAgency): Promise<Visitor> {
    return new Visitor(await launch(path), server, agency);
  }

  /** Shows the screen, gives it to `look`, and closes it. */
  async visit<T>(screen: Screen, look: (page: Page) => Promise<T>): Promise<T> {
    const context = await this.#contextOf(screen.as ?? 'owner');
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    try {
      await screen.show({ page, server: this.server, agency: this.agency });
      await page.evaluate('document.fonts.ready.then(() => undefined)');
      return await look(page);
    } finally {
      await page.close();
    }
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  async #contextOf(who: 'owner' | 'viewer' | 'nobody'): Promise<BrowserContext> {
    const known = this.#contexts.get(who);
    if (known) return known;
    const permissions = ['clipboard-read', 'clipboard-write'];
    const context = await this.browser.newContext({ viewport: LAPTOP, reducedMotion: 'reduce', permissions });
    this.#contexts.set(who, context);
    if (who !== 'nobody') await signIn(context, this.server, this.agency[who]);
    return context;
  }
}

/** The session of somebody, without the sign-in page. */
export async function signIn(context: BrowserContext, server: TestServer, { email, password }: Person): Promise<void> {
  const answer = await context.request.post(`${server.url}/api/auth/login`, { data: { email, password } });
  if (!answer.ok()) throw new Error(`${email} could not sign in: ${answer.status()}`);
}
