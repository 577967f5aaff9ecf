import type { CallToolResult } from '@modelcontextprotocol/server';
import { Refused } from './api.js';

/** Runs a tool: its text, or what the server refused as an error that the assistant can act on. */
export async function answer(work: () => Promise<string>): Promise<CallToolResult> {
  try {
    return { content: [{ type: 'text', text: await work() }] };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const hint = error.status === 403 ? '\nThe role of the API key does not allow this.' : '';
    return { isError: true, content: [{ type: 'text', text: error.message + hint }] };
  }
}

/** Lines of a list, and whether there is more. */
export function listed(lines: readonly string[], nextCursor: string | null, nothing: string): string {
  if (lines.length === 0) return nothing;
  return [...lines, ...(nextCursor === null ? [] : [`More: ask again with cursor ${nextCursor}`])].join('\n');
}
