import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openApiText } from '../openapi/document.js';

/* Writes server/openapi.json, from which the types of the admin app and the SDK are generated. */

const file = fileURLToPath(new URL('../../openapi.json', import.meta.url));
await writeFile(file, await openApiText());
console.log(`written: ${file}`);
