import type { createServer, Plugin, PluginOption } from 'vite';

/** Writes the Guide as Markdown, and /llms.txt; @param options what renders the app during the build. */
export function guideMarkdown(options: { createServer: typeof createServer; plugins: PluginOption[] }): Plugin;
