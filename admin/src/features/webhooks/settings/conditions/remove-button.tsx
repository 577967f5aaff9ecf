import { IconCross } from '../../../../ui/icons';
import { ActionIcon } from '../../../../ui/kit';

export function RemoveButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <ActionIcon variant="subtle" aria-label={label} onClick={onClick}>
      <IconCross />
    </ActionIcon>
  );
}
