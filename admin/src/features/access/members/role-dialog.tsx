import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { changeRole } from '../../../api/members';
import type { Member } from '../../../api/types';
import { roleWords } from '../../../copy';
import { DialogButtons } from '../../../ui/dialog-buttons';
import { Button } from '../../../ui/kit';
import { Modal } from '../../../ui/modal';
import { ProblemNote } from '../../../ui/states';
import { toast } from '../../../ui/toasts';
import css from '../access.module.css';
import { RoleField } from '../role-field';
import { useMembersChanged } from './use-members-changed';

export function RoleDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const [role, setRole] = useState(member.role);
  const changed = useMembersChanged();
  const changing = useMutation({
    mutationFn: () => changeRole(member.id, role),
    onSuccess: async () => {
      await changed(member.id);
      toast('done', `${member.name} is now: ${roleWords[role]}.`);
      onClose();
    },
  });

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (role === member.role) onClose();
    else changing.mutate();
  }

  return (
    <Modal opened onClose={onClose} title={`Role of ${member.name}`}>
      <form className={css.form} onSubmit={submit} noValidate>
        <RoleField label="Role" value={role} onChange={setRole} />
        {changing.isError ? <ProblemNote error={changing.error} /> : null}
        <DialogButtons onLeave={onClose}>
          <Button type="submit" loading={changing.isPending}>
            Save role
          </Button>
        </DialogButtons>
      </form>
    </Modal>
  );
}
