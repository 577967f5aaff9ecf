import type { Role } from '../../api/types';
import { roleWords } from '../../copy';
import { roleMeanings } from '../../copy-forms';
import { Radio, RadioGroup } from '../../ui/kit';
import css from './access.module.css';

/** Weakest first. */
const ROLES = ['viewer', 'member', 'admin', 'owner'] as const satisfies readonly Role[];

interface RoleFieldProps {
  label: string;
  value: Role;
  onChange: (role: Role) => void;
  /** The highest role that can be chosen; all by default. */
  upTo?: Role;
  error?: string | undefined;
}

/** A choice of roles with their descriptions. */
export function RoleField({ label, value, onChange, upTo = 'owner', error }: RoleFieldProps) {
  return (
    <RadioGroup label={label} value={value} onChange={(role) => onChange(role)} error={error}>
      <div className={css.choices}>
        {ROLES.slice(0, ROLES.indexOf(upTo) + 1).map((role) => (
          <Radio key={role} value={role} label={roleWords[role]} description={roleMeanings[role]} />
        ))}
      </div>
    </RadioGroup>
  );
}
