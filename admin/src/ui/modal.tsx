import { Modal as KitModal, type ModalProps } from '@mantine/core';
import { useFocusBack } from './focus-back';

/**
 * The kit's dialog, for one that is rendered only while it is open. The kit returns the focus when a dialog closes, but
 * not when it is removed; this returns it to where it came from, or else to the heading.
 */
function Dialog(props: ModalProps) {
  useFocusBack();
  // Its header must not be a second banner of the page.
  return <KitModal attributes={{ header: { role: 'presentation' } }} {...props} />;
}

export const Modal = Object.assign(Dialog, {
  Root: KitModal.Root,
  Overlay: KitModal.Overlay,
  Content: KitModal.Content,
  Title: KitModal.Title,
  Body: KitModal.Body,
});
