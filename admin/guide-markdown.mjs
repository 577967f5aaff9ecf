// The Guide as Markdown: the build renders each page of the app's Guide and converts it, so that there is one source.
// Writes /recruiter/api/guide….md and /llms.txt, which lists them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tables } from '@joplin/turndown-plugin-gfm';
import TurndownService from 'turndown';

const ROOT = dirname(fileURLToPath(import.meta.url));
const GUIDE = '/recruiter/api/guide';
const EVENT = `${GUIDE}/events/$type`;

const read = (file) => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));

const converter = new TurndownService({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-' });
converter.use(tables);
// What only a browser can use, and schemas, which are in the API description.
converter.remove(['button', 'details', 'figcaption', 'form', 'input', 'nav', 'select', 'style', 'script', 'svg']);
// A label with the file name above a block of code.
converter.addRule('code', {
  filter: 'pre',
  replacement: (_content, node) => `\n\n${node.getAttribute('aria-label')}:\n\n\`\`\`\n${node.textContent}\n\`\`\`\n\n`,
});
// Links within the Guide lead to its Markdown pages.
converter.addRule('guide', {
  filter: (node) => node.nodeName === 'A' && node.getAttribute('href')?.startsWith(GUIDE),
  replacement: (content, node) => {
    const [path, hash] = node.getAttribute('href').split('#');
    return content.trim() === '' ? '' : `[${content.trim()}](${path}.md${hash ? `#${hash}` : ''})`;
  },
});

/** Title, intro and text of a page, from the HTML of the whole screen. */
function pageOf(path, html) {
  const main = html.slice(html.indexOf('<main'), html.indexOf('</main>'));
  const text = converter.turndown(main.slice(main.indexOf('<h1')));
  const [title, intro] = text.split(/\n+/);
  return { path, title: title.replace(/^# /, ''), intro, text: `${text}\n` };
}

const line = ({ path, title, intro }) => `- [${title}](${path}.md): ${intro}`;

function llmsText(pages) {
  const isEvent = ({ path }) => path.startsWith(`${GUIDE}/events/`);
  return `# BPOC Webhooks

> BPOC, a recruitment platform, tells an agency's own systems by signed HTTPS requests what happens to a candidate.

Times and sizes are those of a standard installation; \`GET /api/me\` says those of this one under \`platform\`.

## Guide

${pages
  .filter((page) => !isEvent(page))
  .map(line)
  .join('\n')}

## Events

${pages.filter(isEvent).map(line).join('\n')}

## API

- [Description of the HTTP API](/api/openapi.json): OpenAPI 3.1
`;
}

/** Every page of the Guide and `/llms.txt`, by their path in the app's folder. */
export async function guideFiles(guideHtml) {
  const { paths: routes, webhooks } = read('../server/openapi.json');
  const { groups, data } = routes['/api/recruiter/event-types'].get['x-event-types'];
  const exampleOf = (type) => webhooks[type].post.requestBody.content['application/json'].example;
  const catalogue = { groups, data: data.map((event) => ({ ...event, example: exampleOf(event.type), schema: {} })) };
  const paths = read('public/pages.json')
    .filter((path) => path.startsWith(GUIDE))
    .flatMap((path) => (path === EVENT ? catalogue.data.map(({ type }) => path.replace('$type', type)) : [path]));
  const pages = [];
  for (const path of paths) pages.push(pageOf(path, await guideHtml(path, catalogue)));
  return new Map([...pages.map(({ path, text }) => [`${path}.md`, text]), ['/llms.txt', llmsText(pages)]]);
}

/** Requests that the app makes while it loads. */
function standIns() {
  globalThis.navigator ??= { platform: '' };
  globalThis.localStorage ??= { getItem: () => null };
}

/** @returns {import('vite').Plugin} */
export function guideMarkdown({ createServer, plugins }) {
  return {
    name: 'guide-markdown',
    apply: 'build',
    async writeBundle({ dir = 'dist' }) {
      standIns();
      const server = await createServer({
        root: ROOT,
        configFile: false,
        plugins,
        appType: 'custom',
        logLevel: 'error',
        server: { middlewareMode: true, ws: false, watch: null },
        optimizeDeps: { noDiscovery: true },
      });
      try {
        const { guideHtml } = await server.ssrLoadModule('/src/app/guide-html.tsx');
        for (const [path, text] of await guideFiles(guideHtml)) {
          mkdirSync(dirname(join(dir, path)), { recursive: true });
          writeFileSync(join(dir, path), text);
        }
      } finally {
        await server.close();
      }
    },
  };
}
