declare module 'jest-axe' {
  export interface AxeResults {
    violations: { id: string; nodes: { html: string }[] }[];
  }
  export function axe(element: Element, options?: { resultTypes?: 'violations'[] }): Promise<AxeResults>;
}
