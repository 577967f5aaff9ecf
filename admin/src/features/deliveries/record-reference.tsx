import { useMe } from '../../api/session';
import type { Delivery } from '../../api/types';

interface RecordReferenceProps {
  subject: NonNullable<Delivery['subject']>;
  className?: string | undefined;
}

/** The record an event is about: a link to it where the server knows its address, which opens beside this page. */
export function RecordReference({ subject, className }: RecordReferenceProps) {
  const address = useMe().platform.record_urls?.[subject.kind]?.replaceAll('{id}', encodeURIComponent(subject.id));
  if (!address) return <span className={className}>{subject.id}</span>;
  return (
    <a
      className={className}
      href={address}
      target="_blank"
      rel="noreferrer"
      title={`Open this ${subject.kind} in BPOC`}
    >
      {subject.id}
    </a>
  );
}
