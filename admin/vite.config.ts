import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { createServer, defineConfig, type Plugin } from 'vite';
import { codeModule } from './code-colours.mjs';
import { guideMarkdown } from './guide-markdown.mjs';

/** Where `vite` sends API calls in development; the server's default address. */
const apiTarget = process.env.API_URL ?? 'http://localhost:3000';

/** Shared modules that the first screen does not use. */
const NOT_COMMON = [
  'signature',
  'json-',
  'developer-report',
  'masked',
  'request-code',
  'show-once',
  'code-block',
  'data-table',
  'download',
  'address-check',
  String.raw`live[\\/](?!live-state)`,
  'delivery-rows',
  String.raw`events\.`,
  'walk-order',
  'focus-row',
  'new-pill',
  'menu-link',
  'modal',
  'guarded-item',
  'mail-view',
  'fields',
  'tool-',
  'destinations',
  'use-submit',
  'field-problems',
  'email-list',
  'condition-words',
  'copy-button',
  'members',
  'inboxes',
  'shared',
  'api-keys',
  'record-name',
  'focus-back',
  'retention',
];

/** Writes a .br and a .gz of each script and style sheet; the server sends the smallest that the browser accepts. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    writeBundle({ dir = 'dist' }) {
      const assets = join(dir, 'assets');
      for (const name of readdirSync(assets).filter((file) => /\.(js|css)$/.test(file))) {
        const bytes = readFileSync(join(assets, name));
        writeFileSync(join(assets, `${name}.br`), brotliCompressSync(bytes));
        writeFileSync(join(assets, `${name}.gz`), gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

/** Hues of the kit's palette that no screen uses: 2 KiB of the first screen's download. */
const UNUSED = /^\s*--mantine-color-(blue|cyan|grape|green|lime|orange|pink|teal|violet|yellow)-[\w-]+:[^;]+;\n/gm;

function fewerHues(): Plugin {
  return {
    name: 'fewer-hues',
    enforce: 'pre',
    transform: (code, id) => (id.endsWith('default-css-variables.css') ? code.replace(UNUSED, '') : null),
  };
}

/** `?coloured` imports a source file as coloured tokens: the highlighter runs at build time, not in the browser. */
function coloured(): Plugin {
  return {
    name: 'coloured',
    enforce: 'pre',
    async load(id) {
      const [file = '', query] = id.split('?');
      if (query !== 'coloured') return null;
      this.addWatchFile(file);
      return { code: await codeModule(readFileSync(file, 'utf8'), file), moduleType: 'js' };
    },
  };
}

export default defineConfig({
  base: '/',
  plugins: [
    react(),
    coloured(),
    compressed(),
    fewerHues(),
    guideMarkdown({ createServer, plugins: [react(), coloured()] }),
  ],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // A file name carries its content's hash, so the server may cache everything under assets/ for a year.
    assetsDir: 'assets',
    modulePreload: { polyfill: false },
    sourcemap: false,
    // The manifest, with which a test checks the sizes.
    manifest: true,
    rolldownOptions: {
      // It only re-exports, so importing a button does not load all fields.
      treeshake: { moduleSideEffects: [{ test: /[\\/]ui[\\/]kit\.ts$/, sideEffects: false }] },
      output: {
        format: 'es',
        // A stable chunk for what every screen needs and rarely changes, so that updates download only our code.
        codeSplitting: {
          groups: [
            {
              name: 'framework',
              // The virtual list belongs to the only screen with long lists.
              test: new RegExp(
                String.raw`node_modules[\\/](react|react-dom|scheduler|openapi-fetch|` +
                  String.raw`@tanstack(?![\\/](react-virtual|virtual-core)))[\\/]`,
              ),
              priority: 2,
            },
            // Our small shared modules: one file instead of a dozen of 1 KiB each.
            // Except those that the first screen does not use.
            {
              name: 'common',
              test: new RegExp(String.raw`[\\/]src[\\/](ui|lib|api)[\\/](?!${NOT_COMMON.join('|')})`),
              minShareCount: 3,
              priority: 1,
            },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    // The verification snippets of the Guide are the real files in examples/, outside this folder.
    fs: { allow: ['..'] },
    proxy: { '/api': apiTarget, '/health': apiTarget },
  },
});
