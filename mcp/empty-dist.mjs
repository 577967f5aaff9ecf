// First step of npm run build: a deleted module is not published.
import { rmSync } from 'node:fs';

rmSync(new URL('dist/', import.meta.url), { recursive: true, force: true });
