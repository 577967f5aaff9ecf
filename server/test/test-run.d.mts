export function runName(directory: string): string;
export function endTestRun(directory: string): Promise<void>;
