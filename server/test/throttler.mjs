import asyncHooks from 'node:async_hooks';
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';

/*
 * Stands for @nestjs/throttler in tests. The package is CommonJS and requires Nest, which is ESM only: Node does that, jest on Node 20 does not.
 * So its own files run here, unchanged, with Nest given to them.
 */

const dist = join(dirname(fileURLToPath(import.meta.url)), '../../node_modules/@nestjs/throttler/dist');
const outside = {
  '@nestjs/common': common,
  '@nestjs/core': core,
  async_hooks: asyncHooks,
  net,
  'node:crypto': crypto,
};
const loaded = new Map();

function load(name) {
  if (!name.startsWith('./')) return outside[name];
  if (!loaded.has(name)) {
    const module = { exports: {} };
    loaded.set(name, module);
    // In this realm, not by node:vm: the decorators of the package must meet the same Reflect as ours.
    // oxlint-disable-next-line typescript/no-implied-eval
    const run = new Function('exports', 'require', 'module', readFileSync(join(dist, `${name}.js`), 'utf8'));
    run(module.exports, load, module);
  }
  return loaded.get(name).exports;
}

export const {
  getOptionsToken,
  getStorageToken,
  normalizeIp,
  ThrottlerGuard,
  ThrottlerModule,
  ThrottlerStorageService,
} = load('./index');
