import { Modal as KitModal, type ModalProps } from '@mantine/core';
import { useFocusBack } from './focus-back';

/**
 * The kit's dialog, for one that is there only while it is open: the kit gives the focus back when a dialog closes,
 * not when it goes away. Then it goes back to where it came from, or to the heading when that is gone too.
 */
function Dialog(props: ModalProps) {
  useFocusBack();
  // Its header is no second banner of the page.
  return <KitModal attributes={{ header: { role: 'presentation' } }} {...props} />;
}

export const Modal = Object.assign(Dialog, {
  Root: KitModal.Root,
  Overlay: KitModal.Overlay,
  Content: KitModal.Content,
  Title: KitModal.Title,
  Body: KitModal.Body,
});
