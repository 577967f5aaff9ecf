import { expect, it } from '@jest/globals';
import { sharedServer } from '../support/shared.js';

it('the admin app is compressed, and its files can be cached forever', async () => {
  const { url } = await sharedServer();
  const page = await (await fetch(`${url}/recruiter/api/webhooks`, { headers: { accept: 'text/html' } })).text();
  // Fonts are already compressed.
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

it('every page of the Guide exists as Markdown, and all its links work', async () => {
  const { url } = await sharedServer();
  const pages = (await (await fetch(`${url}/pages.json`)).json()) as string[];
  const { paths } = (await (await fetch(`${url}/api/openapi.json`)).json()) as ApiDescription;
  const events = paths['/api/recruiter/event-types'].get['x-event-types'].data.map(({ type }) => type);
  const wanted = pages
    .filter((path) => path.startsWith('/recruiter/api/guide'))
    .flatMap((path) => (path.endsWith('$type') ? events.map((type) => path.replace('$type', type)) : [path]));
  expect(wanted.length).toBeGreaterThan(15);

  const linksIn = (text: string) => [...text.matchAll(/\]\((\/[^)#]*)/g)].map(([, path]) => path!);
  const read = async (path: string) => {
    const answer = await fetch(url + path);
    expect([path, answer.status]).toEqual([path, 200]);
    return { text: await answer.text(), type: answer.headers.get('content-type') };
  };
  const { text: index, type } = await read('/llms.txt');
  expect(type).toBe('text/markdown; charset=utf-8');
  expect(linksIn(index).toSorted()).toEqual(['/api/openapi.json', ...wanted.map((path) => `${path}.md`)].toSorted());
  const seen = new Set(linksIn(index));
  for (const path of wanted) {
    const page = await read(`${path}.md`);
    expect([path, page.type]).toEqual([path, 'text/markdown; charset=utf-8']);
    expect(page.text).toMatch(/^# \S/);
    for (const link of linksIn(page.text)) seen.add(link);
  }
  for (const link of seen) await read(link);
  // The source of the app's page is the source of this one.
  expect((await read('/recruiter/api/guide/verify.md')).text).toContain('## Python');
});

interface ApiDescription {
  paths: { '/api/recruiter/event-types': { get: { 'x-event-types': { data: { type: string }[] } } } };
}
