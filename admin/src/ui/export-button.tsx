import { GuardedButton } from './guarded-button';
import { IconDownload } from './icons';
import { Button } from './kit';
import css from './export-button.module.css';

interface ExportButtonProps {
  what: 'deliveries' | 'events' | 'audit';
  /** The filters of the screen, as the API takes them. */
  filter: Record<string, string | readonly string[] | undefined>;
  denied: string | null;
}

/** Saves the list as CSV: everything that matches the filters, not only loaded rows. */
export function ExportButton({ what, filter, denied }: ExportButtonProps) {
  const look = { variant: 'default', leftSection: <IconDownload />, className: css.button ?? '' } as const;
  if (denied !== null) {
    return (
      <GuardedButton denied={denied} onClick={() => undefined} {...look}>
        Export CSV
      </GuardedButton>
    );
  }
  const given = Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  const query = new URLSearchParams(given).toString();
  return (
    <Button component="a" href={`/api/recruiter/${what}.csv${query && `?${query}`}`} download={`${what}.csv`} {...look}>
      Export CSV
    </Button>
  );
}
