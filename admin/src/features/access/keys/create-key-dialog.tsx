import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { apiKeysQuery, createApiKey } from '../../../api/api-keys';
import type { CreatedApiKey, Role } from '../../../api/types';
import { useSubmit } from '../../../lib/use-submit';
import { DialogButtons } from '../../../ui/dialog-buttons';
import { Button, NativeSelect, TextInput } from '../../../ui/kit';
import { Modal } from '../../../ui/modal';
import { ShowOnce, useCloseGuard } from '../../../ui/show-once';
import { ProblemNote } from '../../../ui/states';
import css from '../access.module.css';
import { RoleField } from '../role-field';
import { ENDS, endOf } from './key-ends';

interface CreateKeyDialogProps {
  /** The person's own role: a key cannot have more rights than its creator. */
  upTo: Role;
  onClose: () => void;
}

/** Asks for name, role and expiry, then shows the key once. */
export function CreateKeyDialog({ upTo, onClose }: CreateKeyDialogProps) {
  const [created, setCreated] = useState<CreatedApiKey | null>(null);
  const [taken, setTaken] = useState(false);
  const guard = useCloseGuard(created !== null && !taken, 'the key', onClose);
  return (
    <Modal
      opened
      onClose={guard.close}
      size={560}
      closeOnClickOutside={false}
      title={created === null ? 'New API key' : 'Copy this key now'}
    >
      {guard.question}
      {created === null ? (
        <KeyForm upTo={upTo} onCreated={setCreated} onCancel={onClose} />
      ) : (
        <>
          <ShowOnce
            value={created.token}
            mask={`bpoc_key_${'•'.repeat(26)}`}
            hint={
              <>
                The program sends it as <code>Authorization: Bearer …</code> with each request.
              </>
            }
            onTaken={() => setTaken(true)}
          >
            Anyone with this key has the rights of its role. <strong>We show it only once.</strong>
          </ShowOnce>
          <DialogButtons>
            <Button onClick={onClose}>I have saved it</Button>
          </DialogButtons>
        </>
      )}
    </Modal>
  );
}

interface KeyFormProps {
  upTo: Role;
  onCreated: (key: CreatedApiKey) => void;
  onCancel: () => void;
}

function KeyForm({ upTo, onCreated, onCancel }: KeyFormProps) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [days, setDays] = useState('');
  const queryClient = useQueryClient();
  const { busy, problems, failure, check, run } = useSubmit();

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!check(name.trim() === '' ? { name: 'Say what the key is for.' } : {})) return;
    const created = await run(['name', 'role', 'expires_at'], () =>
      createApiKey({ name: name.trim(), role, ...endOf(days) }),
    );
    void queryClient.invalidateQueries({ queryKey: apiKeysQuery.queryKey });
    if (created) onCreated(created);
  }

  return (
    <form className={css.form} onSubmit={(event) => void submit(event)} noValidate>
      <TextInput
        label="What is it for?"
        placeholder="ATS sync"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={problems.name}
        autoComplete="off"
        maxLength={200}
        data-autofocus
      />
      <RoleField label="What can it do?" value={role} onChange={setRole} upTo={upTo} error={problems.role} />
      <NativeSelect
        label="When does it expire?"
        value={days}
        onChange={(event) => setDays(event.currentTarget.value)}
        data={[...ENDS]}
        error={problems.expires_at}
      />
      {failure ? <ProblemNote error={failure} /> : null}
      <DialogButtons onLeave={onCancel}>
        <Button type="submit" loading={busy}>
          Make key
        </Button>
      </DialogButtons>
    </form>
  );
}
