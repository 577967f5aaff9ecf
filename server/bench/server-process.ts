import 'reflect-metadata';
import { closeGracefully } from '../src/http/graceful-close.js';
import { listen, originOf } from './server.js';

/* The server under test in a process of its own, so that its memory and CPU are its own. */

async function serve({ url, settings }: { url: string; settings: Record<string, string> }): Promise<void> {
  const app = await listen(url, settings);
  process.once('disconnect', () => void closeGracefully(app).then(() => process.exit(0)));
  process.send!(originOf(app));
}

process.once('message', (given: Parameters<typeof serve>[0]) => void serve(given));
