import { removeMember } from '../../../api/members';
import type { Member } from '../../../api/types';
import { toast } from '../../../ui/toasts';
import { ConfirmDialog } from '../confirm-dialog';
import { useMembersChanged } from './use-members-changed';

export function RemoveDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const changed = useMembersChanged();
  return (
    <ConfirmDialog
      title={`Remove ${member.name}?`}
      keep="Keep"
      action={`Remove ${member.name}`}
      run={() => removeMember(member.id)}
      onDone={() => {
        toast('done', `${member.name} is removed.`);
        onClose();
        void changed(member.id);
      }}
      onClose={onClose}
    >
      They are signed out right away. Keys they created keep working; revoke them under API keys if you need to.
    </ConfirmDialog>
  );
}
