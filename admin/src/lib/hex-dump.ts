const BYTES_A_LINE = 16;

/** A hex dump with offsets and printable characters. @param hex two digits per byte. */
export function hexDump(hex: string): string {
  const bytes = hex.match(/../g) ?? [];
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += BYTES_A_LINE) {
    const line = bytes.slice(start, start + BYTES_A_LINE);
    const letters = line.map((byte) => letterOf(Number.parseInt(byte, 16))).join('');
    lines.push(`${start.toString(16).padStart(4, '0')}  ${line.join(' ').padEnd(BYTES_A_LINE * 3 - 1)}  ${letters}`);
  }
  return lines.join('\n');
}

function letterOf(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
}
