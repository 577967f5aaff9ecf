const { ModuleMocker } = require('jest-mock');
const { ModernFakeTimers } = require('@jest/fake-timers');

/** The worker's own globals. What jest changes in them for a file is restored afterwards. */
module.exports = class WorkerEnvironment {
  constructor({ projectConfig }) {
    this.global = globalThis;
    this.fakeTimers = null;
    this.moduleMocker = new ModuleMocker(globalThis);
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
    // jest-runner replaces it for each file.
    this.exit = Reflect.get(process, 'exit');
    this.console = globalThis.console;
  }
  async setup() {
    // The same cases in each run, so that a failure is one of the change; others by hand: FUZZ_SEED=<number>.
    const { default: fc } = await import('fast-check');
    fc.configureGlobal({ seed: Number(process.env.FUZZ_SEED ?? 1) });
  }
  async teardown() {
    this.fakeTimersModern.dispose();
    this.moduleMocker.restoreAllMocks();
    process.exit = this.exit;
    globalThis.console = this.console;
  }
  exportConditions() {
    return ['node', 'node-addons'];
  }
  getVmContext() {
    return null;
  }
};
