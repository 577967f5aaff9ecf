interface Choice {
  value: string;
  label: string;
}

interface ChoiceGroup {
  group: string;
  items: Choice[];
}

/** Adds a choice for an unknown value from a link (a deleted webhook, an old event type), so that it stays visible. */
export function withUnknown(choices: readonly (Choice | ChoiceGroup)[], value: string | undefined, label: string) {
  const known = choices.flatMap((choice) => ('items' in choice ? choice.items : [choice]));
  if (!value || known.some((choice) => choice.value === value)) return [...choices];
  return [...choices, { value, label }];
}
