import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';

/* What a browser downloads of the built admin app, from the manifest of the build. Sizes in KiB after gzip. */

const dist = fileURLToPath(new URL('../../../admin/dist/', import.meta.url));

interface Chunk {
  file: string;
  isEntry?: boolean;
  isDynamicEntry?: boolean;
  imports?: string[];
  css?: string[];
}
const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, 'utf8')) as Record<string, Chunk>;

const FIRST_SCREEN = ['index.html', 'src/features/webhooks/webhooks-page.tsx'];
const LIMITS = { firstScreen: 185, lazyRoute: 60, css: 20 };

/** The files that these entries need initially, including imports. */
function filesOf(entries: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const chunk = manifest[name];
    if (!chunk) throw new Error(`the manifest has no ${name}`);
    if (seen.has(chunk.file)) return;
    seen.add(chunk.file);
    for (const file of chunk.css ?? []) seen.add(file);
    for (const imported of chunk.imports ?? []) visit(imported);
  };
  entries.forEach(visit);
  return seen;
}

const sizes = new Map<string, number>();
function size(files: Iterable<string>, extension: '.js' | '.css'): number {
  let bytes = 0;
  for (const file of files) {
    if (!file.endsWith(extension)) continue;
    const known = sizes.get(file) ?? gzipSync(readFileSync(dist + file), { level: 9 }).length;
    sizes.set(file, known);
    bytes += known;
  }
  return Math.round((bytes / 1024) * 10) / 10;
}

describe('the built admin app', () => {
  const first = filesOf(FIRST_SCREEN);

  it('shows its first screen with at most 185 KiB of JavaScript and 20 KiB of CSS', () => {
    const [js, css] = [size(first, '.js'), size(first, '.css')];
    console.log(`first screen: ${js} KiB of JavaScript, ${css} KiB of CSS`);
    expect(js).toBeGreaterThan(100);
    expect(css).toBeGreaterThan(2);
    expect(js).toBeLessThanOrEqual(LIMITS.firstScreen);
    expect(css).toBeLessThanOrEqual(LIMITS.css);
  });

  it('loads at most 60 KiB more for any other screen or dialog', () => {
    const lazy = Object.keys(manifest).filter((name) => manifest[name]!.isDynamicEntry && !FIRST_SCREEN.includes(name));
    expect(lazy.length).toBeGreaterThan(15);
    const more = lazy.map(
      (name) =>
        [
          name,
          size(
            [...filesOf([name])].filter((file) => !first.has(file)),
            '.js',
          ),
        ] as const,
    );
    const [largest] = more.toSorted(([, a], [, b]) => b - a);
    console.log(`largest lazy route: ${largest![1]} KiB, ${largest![0]}`);
    expect(more.filter(([, kib]) => kib > LIMITS.lazyRoute)).toEqual([]);
  });
});
