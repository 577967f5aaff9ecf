import { ApiProblem } from '../api/problem';

export type FieldProblems = Partial<Record<string, string>>;

/**
 * The server's refusals by field, for the fields that are on screen; a path such as `events.0` belongs to `events`.
 * @returns an empty object when the problem is not about these fields: then it is shown as a whole.
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
