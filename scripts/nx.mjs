import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = createRequire(import.meta.url).resolve('nx/bin/nx.js');

/**
 * Runs Nx in the workspace and captures its output; `show: true` prints it too. Resolves with `{ code, output }`, even
 * when it fails. Nx is in the same process group, so Ctrl-C reaches it; SIGTERM is forwarded, because its compilers
 * would otherwise outlive this process.
 */
export function nx(args, { show = false, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: root,
      env: { ...process.env, NX_TUI: 'false', NX_NO_CLOUD: 'true', NX_ISOLATE_PLUGINS: 'false', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = () => void child.kill('SIGTERM');
    process.once('SIGTERM', stop);
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        chunks.push(chunk);
        if (show) process.stdout.write(chunk);
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.removeListener('SIGTERM', stop);
      if (signal || (code ?? 1) > 128) process.exit(signal === 'SIGINT' ? 130 : 143);
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() });
    });
  });
}
