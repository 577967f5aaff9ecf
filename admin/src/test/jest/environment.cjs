const { runInNewContext } = require('node:vm');
const WorkerEnvironment = require('../../../../server/test/jest/environment.cjs');

/*
 * jsdom's window as the globals of the worker, one for all of its specs: modules that hold the document stay loaded. A
 * file begins with an empty page.
 */

const timeZone = process.env.TZ;
/** Node's own, which take each other: jsdom has no requests, and its signals and crypto are less. */
const NODE = new Set([
  ...['AbortController', 'AbortSignal', 'Headers', 'URL', 'URLSearchParams', 'TextDecoder', 'TextEncoder'],
  ...['atob', 'btoa', 'crypto'],
  ...['console', 'performance', 'queueMicrotask', 'setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'],
]);
/** Of the language itself: those of jsdom would be strangers to the modules. */
const LANGUAGE = new Set(Object.getOwnPropertyNames(runInNewContext('globalThis')));
/** Inherited by the window. */
const EVENTS = ['addEventListener', 'removeEventListener', 'dispatchEvent'];
let dom;

module.exports = class BrowserEnvironment extends WorkerEnvironment {
  #timeZone;

  constructor(config, context) {
    super(config, context);
    // The reader's, e.g. by `@jest-environment-options {"timeZone": "Europe/Berlin"}`.
    this.#timeZone = config.projectConfig.testEnvironmentOptions.timeZone ?? timeZone;
    dom ??= openWindow();
  }

  async setup() {
    setTimeZone(this.#timeZone);
    clearPage();
  }

  async teardown() {
    await super.teardown();
    setTimeZone(timeZone);
  }

  exportConditions() {
    return ['browser'];
  }
};

const SHEET = require.resolve('jsdom/lib/jsdom/browser/default-stylesheet');

/**
 * Style rules do not matter in tests, but a query by role asks for the style of every element: what hides it or makes
 * it a block. The rest of jsdom's sheet and its colours took a fifth of the time.
 */
function onlyDisplay() {
  const rules = require(SHEET)
    .replaceAll(/\/\*.*?\*\/|@namespace [^;]*;/gs, '')
    .matchAll(/([^{}]+)\{([^}]*)\}/g);
  const selectors = new Map();
  for (const [, selector, style] of rules) {
    const display = /(?<![-\w])display: *([-\w]+)/.exec(style)?.[1];
    if (display) selectors.set(display, [...(selectors.get(display) ?? []), selector.trim()]);
  }
  // Last, as in jsdom: an attribute hides an element of any kind.
  const order = [...selectors.keys()].toSorted((a, b) => (a === 'none') - (b === 'none'));
  require.cache[SHEET].exports = order.map((display) => `${selectors.get(display)} { display: ${display} }`).join('\n');
  const { propertiesWithResolvedValueImplemented: resolved } = require('jsdom/lib/jsdom/living/helpers/style-rules');
  for (const property of Object.keys(resolved)) if (property.includes('color')) delete resolved[property];
}

function openWindow() {
  onlyDisplay();
  // Of the inspector: React would run each component within a task of its own.
  delete console.createTask;
  const { JSDOM, VirtualConsole } = require('jsdom');
  const virtualConsole = new VirtualConsole();
  virtualConsole.sendTo(console, { omitJSDOMErrors: true });
  virtualConsole.on('jsdomError', (error) => console.error(error));
  const { window } = new JSDOM('<!DOCTYPE html>', {
    pretendToBeVisual: true,
    url: 'http://localhost/',
    virtualConsole,
  });
  for (const name of [...Object.getOwnPropertyNames(window), ...EVENTS]) {
    if (NODE.has(name) || LANGUAGE.has(name)) continue;
    const value = window[name];
    const isMethod = typeof value === 'function' && !value.prototype?.constructor?.name?.match(/^[A-Z]/);
    Object.defineProperty(globalThis, name, {
      configurable: true,
      writable: true,
      enumerable: true,
      value: isMethod ? value.bind(window) : value,
    });
  }
  for (const name of ['window', 'self', 'top', 'parent']) globalThis[name] = globalThis;
  globalThis.Request = PageRequest;
  return window;
}

/** A relative address belongs to the page, as in a browser. */
class PageRequest extends Request {
  constructor(input, init) {
    super(typeof input === 'string' ? new URL(input, 'http://localhost') : input, init);
  }
}

function clearPage() {
  const { document, localStorage, sessionStorage, history } = dom;
  document.body.innerHTML = '';
  document.head.innerHTML = '';
  document.title = '';
  for (const element of [document.documentElement, document.body])
    for (const { name } of [...element.attributes]) element.removeAttribute(name);
  localStorage.clear();
  sessionStorage.clear();
  history.replaceState(null, '', '/');
}

function setTimeZone(zone) {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
}
