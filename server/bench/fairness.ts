import type { BenchDatabase } from './database.js';
import type { Options } from './options.js';
export async function fairness(_: Options, __: BenchDatabase): Promise<object> { return {}; }
