// Imported first by scripts that people start, so that an old Node gets a clear message instead of a SyntaxError.
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const [major, minor] = engines.node.match(/\d+/g).map(Number);
const [itsMajor, itsMinor] = process.versions.node.split('.').map(Number);
if (itsMajor < major || (itsMajor === major && itsMinor < minor)) {
  console.error(`BPOC Webhooks needs Node ${major}.${minor} or newer; this is ${process.versions.node}.`);
  process.exit(1);
}
