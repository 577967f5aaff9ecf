// `node --import …/register.mjs file.ts`: TypeScript in a process of its own.
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
