import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AGENCY_ENV, seedAgency, type SeededAgency } from '../support/agency.js';
import { lookAs, LOOKS, nameOf, Visitor } from '../support/looks.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith, findBrowser } from '../support/requirements.js';
import { chosenScreens } from '../support/screens.js';
import { startServer, type TestServer } from '../support/server.js';

/* A picture of every screen and overlay, in both themes, on laptop and phone. SCREENS=a,b selects by name prefix. */

const FOLDER = fileURLToPath(new URL('../../.results/screens', import.meta.url));
const path = findBrowser();
const screens = chosenScreens();
/** Longer pages are cut: such lists render only the rows near the viewport. */
const MAX_HEIGHT_PX = 2_000;
let server: TestServer;
let receiver: Receiver;
let agency: SeededAgency;

describeWith('browser', path, 'pictures', () => {
  beforeAll(async () => {
    [server, receiver] = await Promise.all([startServer({ env: AGENCY_ENV }), startReceiver()]);
    agency = await seedAgency(server, receiver);
  }, 120_000);
  afterAll(async () => {
    await receiver?.close();
    await server?.stop();
  });

  it('are taken', async () => {
    for (const look of LOOKS) mkdirSync(join(FOLDER, nameOf(look)), { recursive: true });
    const visitor = await Visitor.open(path!, server, agency);
    const failed: string[] = [];
    for (const screen of screens) {
      await visitor
        .visit(screen, async (page) => {
          for (const look of LOOKS) {
            await lookAs(page, look);
            // A dialog covers only the window, not the whole page.
            if ((await page.locator('[aria-modal="true"]').count()) === 0) {
              const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
              await page.setViewportSize({ width: look.width, height: Math.min(height, MAX_HEIGHT_PX) });
            }
            await page.screenshot({ path: join(FOLDER, nameOf(look), `${screen.name}.png`) });
          }
        })
        .catch((error: Error) => failed.push(`${screen.name}: ${error.message}`));
    }
    await visitor.close();
    console.log(`${screens.length} screens × ${LOOKS.length} pictures in ${FOLDER}`);
    expect(failed).toEqual([]);
  }, 1_200_000);
});
