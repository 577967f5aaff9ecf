import { useEffect, useState } from 'react';

/** Who goes past a delivery with J and K does not read it, and no line in the audit log says so. */
const PASSING_MS = 400;

/** True once the reader has stayed. @param already nothing is to be read yet. */
export function useStays(already = false): boolean {
  const [stays, setStays] = useState(already);
  useEffect(() => {
    if (stays) return undefined;
    const timer = setTimeout(() => setStays(true), PASSING_MS);
    return () => clearTimeout(timer);
  }, [stays]);
  return stays;
}
