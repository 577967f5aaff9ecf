import { ShowOnce } from '../../ui/show-once';

/** A webhook's new secret, which is shown only once. */
export function SecretOnce({ secret, onTaken }: { secret: string; onTaken: () => void }) {
  return (
    <ShowOnce
      value={secret}
      mask={`whsec_${'•'.repeat(26)}`}
      file={{ name: 'bpoc-webhook.env', label: 'Download .env', text: `BPOC_WEBHOOK_SECRET=${secret}\n` }}
      hint="Give it to your developer in a safe way, such as a password manager. Not by email."
      onTaken={onTaken}
    >
      Your developer needs it to check that messages really come from BPOC. <strong>We show it only once.</strong>
    </ShowOnce>
  );
}
