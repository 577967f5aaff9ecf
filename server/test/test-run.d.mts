export function runName(directory: string): string;
export function beginTestRun(prefix: string): Promise<string>;
export function endTestRun(directory: string): Promise<void>;
