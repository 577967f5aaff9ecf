interface Choice {
  value: string;
  label: string;
}

interface ChoiceGroup {
  group: string;
  items: Choice[];
}

/** A link may carry a value the list lacks (deleted webhook, event of an older release): it stays visible as it is. */
export function withUnknown(choices: readonly (Choice | ChoiceGroup)[], value: string | undefined, label: string) {
  const known = choices.flatMap((choice) => ('items' in choice ? choice.items : [choice]));
  if (!value || known.some((choice) => choice.value === value)) return [...choices];
  return [...choices, { value, label }];
}
