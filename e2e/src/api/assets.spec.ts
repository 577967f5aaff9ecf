import { expect, it } from '@jest/globals';
import { sharedServer } from '../support/shared.js';

it('the admin app comes compressed, and its files for ever', async () => {
  const { url } = await sharedServer();
  const page = await (await fetch(`${url}/recruiter/api/webhooks`, { headers: { accept: 'text/html' } })).text();
  // Fonts are compressed as they are.
  const files = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+(?<!\.woff2))"/g)].map(([, file]) => file!);
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    for (const encoding of ['br', 'gzip']) {
      const { headers } = await fetch(url + file, { headers: { 'accept-encoding': encoding } });
      expect([file, headers.get('content-encoding')]).toEqual([file, encoding]);
      expect(headers.get('content-type')).toMatch(/^(application|text)\/(javascript|css)/);
      expect(headers.get('cache-control')).toContain('immutable');
    }
  }
});
