/** Focuses the row of a delivery in the list on screen. @returns false when it is not there. */
export function focusRow(id: string): boolean {
  const rows = Array.from(document.querySelectorAll<HTMLElement>('[data-row]'));
  const link = rows.find((row) => row.dataset['id'] === id)?.querySelector<HTMLElement>('a');
  link?.focus({ preventScroll: true });
  return link !== undefined && link !== null;
}
