import { useEffect, useState, type ReactNode } from 'react';

interface FreshError {
  error: ReactNode;
  /** Call it when the field is edited. */
  edited: () => void;
}

/**
 * Hides the error of a field as soon as the field is edited. The next attempt to submit the form shows it again. Every
 * field of the kit that can have an error does this.
 */
export function useFreshError(error: ReactNode): FreshError {
  const [cured, setCured] = useState<{ error: ReactNode; form: Element | null } | null>(null);
  // A different error, or none: the field was checked again.
  if (cured !== null && cured.error !== error) setCured(null);
  useEffect(() => {
    if (cured === null) return undefined;
    const again = (event: Event) => (cured.form === null || event.target === cured.form ? setCured(null) : undefined);
    document.addEventListener('submit', again, true);
    return () => document.removeEventListener('submit', again, true);
  }, [cured]);
  return {
    error: cured?.error === error ? undefined : error,
    edited: () => {
      // The field that is edited has the focus.
      if (error) setCured({ error, form: document.activeElement?.closest('form') ?? null });
    },
  };
}
