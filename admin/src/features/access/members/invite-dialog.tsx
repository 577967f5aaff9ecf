import { useState, type FormEvent } from 'react';
import { inviteMember } from '../../../api/members';
import type { InvitedMember, Member, Role } from '../../../api/types';
import { fieldWords } from '../../../copy-forms';
import { useSubmit } from '../../../lib/use-submit';
import { DialogButtons } from '../../../ui/dialog-buttons';
import { Button, TextInput } from '../../../ui/kit';
import { Modal } from '../../../ui/modal';
import { ShowOnce, useCloseGuard } from '../../../ui/show-once';
import { ProblemNote } from '../../../ui/states';
import css from '../access.module.css';
import { RoleField } from '../role-field';
import { useMembersChanged } from './use-members-changed';

interface InviteDialogProps {
  /** An existing member, who gets a new link. Null for a new person. */
  member: Member | null;
  onClose: () => void;
}

/** Asks for the person and role, then shows the link once; the link is also mailed. */
export function InviteDialog({ member, onClose }: InviteDialogProps) {
  const [invited, setInvited] = useState<InvitedMember | null>(null);
  const [taken, setTaken] = useState(false);
  const guard = useCloseGuard(invited !== null && !invited.mailed && !taken, 'the link', onClose);
  const asking = member ? `New link for ${member.name}` : 'Invite someone';
  return (
    <Modal
      opened
      onClose={guard.close}
      size={560}
      closeOnClickOutside={false}
      title={invited === null ? asking : invited.mailed ? 'Invitation sent' : 'Send this link to your colleague'}
    >
      {guard.question}
      {invited === null ? (
        <InviteForm member={member} onInvited={setInvited} onCancel={onClose} />
      ) : (
        <>
          <ShowOnce
            value={invited.invite_url}
            mask={`${invited.invite_url.split('#')[0]}#${'•'.repeat(20)}`}
            hint="The link works once, for 7 days. Earlier links for this person no longer work."
            onTaken={() => setTaken(true)}
          >
            {invited.mailed
              ? `We sent this link to ${invited.email ?? invited.name}, to choose a password. `
              : `We send no email. ${invited.name} opens this link and chooses a password. `}
            <strong>We show it only once.</strong>
          </ShowOnce>
          <DialogButtons>
            <Button onClick={onClose}>Done</Button>
          </DialogButtons>
        </>
      )}
    </Modal>
  );
}

interface InviteFormProps {
  member: Member | null;
  onInvited: (member: InvitedMember) => void;
  onCancel: () => void;
}

function InviteForm({ member, onInvited, onCancel }: InviteFormProps) {
  const [email, setEmail] = useState(member?.email ?? '');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>(member?.role ?? 'member');
  const changed = useMembersChanged();
  const { busy, problems, failure, check, run } = useSubmit();

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!check(email.trim() === '' ? { email: fieldWords.inviteEmailEmpty } : {})) return;
    const named = name.trim() === '' ? {} : { name: name.trim() };
    // A new link has no fields to set a problem on.
    const fields = member ? [] : ['email', 'name', 'role'];
    const invited = await run(fields, () => inviteMember({ email: email.trim(), role, ...named }));
    if (!invited) return;
    void changed(invited.id);
    onInvited(invited);
  }

  return (
    <form className={css.form} onSubmit={(event) => void submit(event)} noValidate>
      {member ? (
        <p>With it, {member.name} chooses a new password. The current one works until then.</p>
      ) : (
        <>
          <TextInput
            label="Email"
            type="email"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            error={problems.email}
            autoComplete="off"
            data-autofocus
          />
          <TextInput
            label="Name (optional)"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={problems.name}
            autoComplete="off"
            maxLength={200}
          />
          <RoleField label="Role" value={role} onChange={setRole} error={problems.role} />
        </>
      )}
      {failure ? <ProblemNote error={failure} /> : null}
      <DialogButtons onLeave={onCancel}>
        <Button type="submit" loading={busy}>
          {member ? 'Make link' : 'Invite'}
        </Button>
      </DialogButtons>
    </form>
  );
}
