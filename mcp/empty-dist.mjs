// First step of npm run build, so that deleted modules are not published.
import { rmSync } from 'node:fs';

rmSync(new URL('dist/', import.meta.url), { recursive: true, force: true });
