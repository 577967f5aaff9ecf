export interface SourceFile {
  /** From the root of the workspace, with slashes. */
  path: string;
  text: string;
}
export function importViolations(files: readonly SourceFile[]): string[];
export function sourceFiles(root: string): SourceFile[];
