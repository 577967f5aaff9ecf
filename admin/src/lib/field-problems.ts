import { ApiProblem } from '../api/problem';

export type FieldProblems = Partial<Record<string, string>>;

/**
 * The server's errors by field, for the fields on screen; a path such as `events.0` belongs to `events`.
 * @returns an empty object if the problem is not about these fields; it is then shown as a whole.
 */
export function fieldProblems(error: unknown, fields: readonly string[]): FieldProblems {
  if (!(error instanceof ApiProblem)) return {};
  const found: FieldProblems = {};
  for (const problem of error.fields) {
    const field = fields.find((name) => problem.field === name || problem.field.startsWith(`${name}.`));
    if (field !== undefined) found[field] ??= problem.message;
  }
  return found;
}

export function isEmpty(problems: FieldProblems): boolean {
  return Object.values(problems).every((problem) => problem === undefined);
}
