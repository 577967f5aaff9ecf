/*
 * A module runtime for jest (`runtime` in jest.config.js) without virtual machines: Node itself imports the specs, and
 * modules stay loaded for the worker's next spec; importing Nest and the application again for each of a hundred files
 * took half of the CPU time. The rest of jest is unchanged (workers, circus, time limits, reporters, -t). There are no
 * module mocks and no fresh globals for each file: a spec must not change the state of the process, and helpers must
 * not call hooks at module level.
 */
const { register } = require('node:module');
const { pathToFileURL } = require('node:url');

const cache = require('./cache.cjs');
const TEST_TIMEOUT = Symbol.for('TEST_TIMEOUT_SYMBOL');
const EVENT_HANDLERS = Symbol.for('EVENT_HANDLERS');
let registered = false;
const imported = new Map();

/** The source map of each compiled file. */
const maps = new (class extends Map {
  get(path) {
    return cache.mapOf(path.replace(/^file:\/\//, '').replace(/\?.*$/, ''));
  }
})();

module.exports = class NodeRuntime {
  constructor(config, environment) {
    this.environment = environment;
    if (!registered) {
      register(pathToFileURL(require.resolve('./hooks.mjs')));
      // More loader hooks of a project, by their absolute path.
      for (const hooks of config.testEnvironmentOptions.hooks ?? []) register(pathToFileURL(hooks));
      registered = true;
    }
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  /** In watch mode a spec is evaluated again, but not its imports. */
  async unstable_importModule(path) {
    const times = imported.get(path) ?? 0;
    imported.set(path, times + 1);
    return import(`${pathToFileURL(path).href}${times > 0 ? `?again=${times}` : ''}`);
  }

  requireModule(path) {
    return require(path);
  }

  /** Loads circus again for each file, without the state and listeners of the previous one. */
  requireInternalModule(path) {
    delete require.cache[path];
    delete globalThis[EVENT_HANDLERS];
    return require(path);
  }

  setGlobalsForRuntime(globals) {
    const { moduleMocker: mocker, fakeTimersModern: timers } = this.environment;
    const jest = {
      fn: mocker.fn.bind(mocker),
      spyOn: mocker.spyOn.bind(mocker),
      mocked: (value) => value,
      clearAllMocks: () => (mocker.clearAllMocks(), jest),
      resetAllMocks: () => (mocker.resetAllMocks(), jest),
      restoreAllMocks: () => (mocker.restoreAllMocks(), jest),
      useFakeTimers: (options) => (timers.useFakeTimers(options), jest),
      useRealTimers: () => (timers.useRealTimers(), jest),
      setTimeout: (ms) => ((globalThis[TEST_TIMEOUT] = ms), jest),
    };
    for (const name of [
      'advanceTimersByTime',
      'advanceTimersByTimeAsync',
      'runAllTimers',
      'runAllTimersAsync',
      'runOnlyPendingTimers',
      'runOnlyPendingTimersAsync',
      'setSystemTime',
      'getTimerCount',
      'clearAllTimers',
    ])
      jest[name] = timers[name].bind(timers);
    delete globalThis[TEST_TIMEOUT];
    globalThis.__jestGlobals = { ...globals, jest };
    globalThis.__setJestGlobals?.(globalThis.__jestGlobals);
  }

  /** For the stacks of failures. */
  getSourceMaps() {
    return maps;
  }

  enterTestCode() {}
  leaveTestCode() {}
  resetModules() {}
  clearAllMocks() {
    this.environment.moduleMocker.clearAllMocks();
  }
  resetAllMocks() {
    this.environment.moduleMocker.resetAllMocks();
  }
  restoreAllMocks() {
    this.environment.moduleMocker.restoreAllMocks();
  }
  getAllCoverageInfoCopy() {}
  getAllV8CoverageInfoCopy() {}
  teardown() {}

  // jest-runner and jest-worker call these on the class.
  static createResolver(config, moduleMap) {
    return require('jest-runtime').default.createResolver(config, moduleMap);
  }
};
module.exports.default = module.exports;
