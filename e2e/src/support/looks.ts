import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Person, SeededAgency } from './agency.js';
import { launch } from './browser.js';
import type { Screen } from './screens/visit.js';
import type { Served, TestServer } from './server.js';

/* The looks of the app: theme, width and signed-in person. */

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

const QUIET_FRAMES = 3;

export const nameOf = ({ colorScheme, width }: Look): string => `${colorScheme}-${width}`;

/** Changes the theme and the size of an open page; everything adapts without a reload. */
export async function lookAs(page: Page, { colorScheme, width, height }: Look): Promise<void> {
  await Promise.all([
    page.emulateMedia({ colorScheme, reducedMotion: 'reduce' }),
    page.setViewportSize({ width, height }),
  ]);
  // Several frames without a change: the layout has adapted, and fades have ended.
  // No waitForFunction: the page's content security policy forbids a second evaluation.
  await page.evaluate(`(async () => {
    let quiet = 0;
    const observer = new MutationObserver(() => (quiet = 0));
    observer.observe(document, { subtree: true, childList: true, attributes: true });
    scrollTo(0, 0);
    for (let frames = 0; quiet < ${QUIET_FRAMES}; frames++) {
      if (frames > 600) throw new Error("the page never stands still");
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const isThere = document.documentElement.dataset.mantineColorScheme === "${colorScheme}" &&
        innerWidth === ${width} &&
        document.getAnimations().every((animation) => animation.playState !== "running");
      quiet = isThere ? quiet + 1 : 0;
    }
    observer.disconnect();
  })()`);
}

type Who = NonNullable<Screen['as']> | 'owner';

/**
 * A browser that visits screens one by one, or several at a time. Pages are reused, because a new one takes longer than
 * a screen. Each has its own profile and window, because only the front page of a window renders at full speed.
 */
export class Visitor {
  readonly #idle = new Map<Who, Page[]>();

  private constructor(
    private readonly browser: Browser,
    private readonly server: TestServer,
    private readonly agency: SeededAgency,
    private readonly script: string,
  ) {}

  /** @param script is run on every page before its own. */
  static async open(path: string, server: TestServer, agency: SeededAgency, script = ''): Promise<Visitor> {
    return new Visitor(await launch(path), server, agency, script);
  }

  /** Shows the screen and calls `look` with it. */
  async visit<T>(screen: Screen, look: (page: Page) => Promise<T>): Promise<T> {
    const who = screen.as ?? 'owner';
    if (screen.alone) return this.#visitAlone(screen, who, look);
    const idle = this.#idle.get(who) ?? [];
    this.#idle.set(who, idle);
    const page = idle.pop() ?? (await this.#newPage(who));
    try {
      const seen = await this.#show(page, screen, look);
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      idle.push(page);
      return seen;
    } catch (error) {
      await page.context().close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  async #visitAlone<T>(screen: Screen, who: Who, look: (page: Page) => Promise<T>): Promise<T> {
    const page = await this.#newPage(who);
    try {
      return await this.#show(page, screen, look);
    } finally {
      await page.context().close();
    }
  }

  async #show<T>(page: Page, screen: Screen, look: (page: Page) => Promise<T>): Promise<T> {
    const [{ colorScheme, width, height }] = LOOKS as [Look];
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height });
    await screen.show({ page, server: this.server, agency: this.agency });
    await page.evaluate('document.fonts.ready.then(() => undefined)');
    return look(page);
  }

  async #newPage(who: Who): Promise<Page> {
    const permissions = ['clipboard-read', 'clipboard-write'];
    const context = await this.browser.newContext({ viewport: LAPTOP, reducedMotion: 'reduce', permissions });
    await context.addInitScript(this.script);
    if (who !== 'signed-out') await signIn(context, this.server, this.agency[who]);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    return page;
  }
}

/** Signs in without the sign-in page. */
export async function signIn(context: BrowserContext, server: Served, { email, password }: Person): Promise<void> {
  const answer = await context.request.post(`${server.url}/api/auth/login`, { data: { email, password } });
  if (!answer.ok()) throw new Error(`${email} could not sign in: ${answer.status()}`);
}
