interface Listed {
  headers: Record<string, string>;
  body: string | null;
  left_out: boolean;
}

/**
 * Leaves out the contents of messages that exceed a total of `bytes`. Measured as JSON, which can be six times as long
 * as the text.
 */
export function withinBytes<T extends Listed>(messages: readonly T[], bytes: number): T[] {
  let left = bytes;
  return messages.map((message) => {
    if (message.left_out) return message;
    left -= Buffer.byteLength(JSON.stringify([message.headers, message.body]));
    return left >= 0 ? message : { ...message, headers: {}, body: null, left_out: true };
  });
}
