import { useMe } from '../../api/session';
import type { Delivery } from '../../api/types';
import { recordName } from '../../lib/record-name';

interface RecordReferenceProps {
  of: Pick<Delivery, 'subject' | 'about'>;
  className?: string | undefined;
}

/** What an event is about: a link to its record where the server knows the address, which opens beside this page. */
export function RecordReference({ of: { subject, about }, className }: RecordReferenceProps) {
  const urls = useMe().platform.record_urls;
  if (!subject) return null;
  const text = about?.label ?? recordName(subject);
  const address = urls?.[subject.kind]?.replaceAll('{id}', encodeURIComponent(subject.id));
  if (!address) {
    return (
      <span className={className} title={text}>
        {text}
      </span>
    );
  }
  return (
    <a
      className={className}
      href={address}
      target="_blank"
      rel="noreferrer"
      title={`Open this ${subject.kind} in BPOC`}
    >
      {text}
    </a>
  );
}
