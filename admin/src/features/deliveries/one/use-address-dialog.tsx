import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { deliveryContentQuery, deliveryKeys } from '../../../api/deliveries';
import { patchDelivery } from '../../../api/delivery-rows';
import type { DeliveryContent, DeliveryDetail } from '../../../api/types';
import { changeWebhook, readWebhook, webhookKeys } from '../../../api/webhooks';
import { HEADERS_GO } from '../../../copy-forms';
import { addressProblem, isOtherServer } from '../../../lib/address-check';
import { webhookName } from '../../../lib/webhook-name';
import { DialogButtons } from '../../../ui/dialog-buttons';
import { Button } from '../../../ui/kit';
import { Modal } from '../../../ui/modal';
import { InfoBar, LoadError, LoadingRows, ProblemNote } from '../../../ui/states';
import { toast } from '../../../ui/toasts';
import css from './delivery-view.module.css';

interface UseAddressDialogProps {
  delivery: DeliveryDetail;
  onClose: () => void;
}

/** The server redirected to another address, which is shown in full before the webhook is changed to it. */
export function UseAddressDialog({ delivery, onClose }: UseAddressDialogProps) {
  const content = useQuery(deliveryContentQuery(delivery.id, delivery.attempts));
  const change = useChangeAddress(delivery, onClose);
  // Only a request can be redirected.
  const present = delivery.webhook.url ?? '';
  const address = content.data ? newAddress(content.data, present) : null;
  const problem = address ? addressProblem(address) : null;
  return (
    <Modal opened onClose={onClose} title="Use the new address?" size={560}>
      {content.isError ? (
        <LoadError error={content.error} onRetry={() => void content.refetch()} />
      ) : !content.data ? (
        <LoadingRows rows={1} height={96} label="Checking where they redirect us" />
      ) : address ? (
        <dl className={css.facts}>
          <div>
            <dt>Now</dt>
            <dd>
              <code>{present}</code>
            </dd>
          </div>
          <div>
            <dt>New</dt>
            <dd>
              <code>{address}</code>
            </dd>
          </div>
        </dl>
      ) : (
        <InfoBar>They did not say which address is the new one. Ask their developer.</InfoBar>
      )}
      {address ? <p>{webhookName(delivery.webhook)} will get all new messages there.</p> : null}
      {address && isOtherServer(present, address) ? <p>{HEADERS_GO}</p> : null}
      {problem ? <InfoBar tone="warn">{problem}</InfoBar> : null}
      {change.isError ? <ProblemNote error={change.error} /> : null}
      <DialogButtons onLeave={onClose}>
        {address && problem === null ? (
          <Button loading={change.isPending} onClick={() => change.mutate(address)}>
            Use this address
          </Button>
        ) : null}
      </DialogButtons>
    </Modal>
  );
}

/** The address to which the newest answer redirects; null if there is none or it is the same. */
function newAddress({ attempts }: DeliveryContent, present: string): string | null {
  const headers = attempts.findLast(({ response_headers }) => response_headers !== null)?.response_headers;
  const location = headers?.['location'];
  if (!location || !URL.canParse(location, present)) return null;
  const address = new URL(location, present).href;
  return address === present ? null : address;
}

function useChangeAddress(delivery: DeliveryDetail, onDone: () => void) {
  const queryClient = useQueryClient();
  const { webhook } = delivery;
  return useMutation({
    mutationFn: async (url: string) => {
      // With the version just read, so that a colleague's change is not overwritten.
      const { etag } = await readWebhook(webhook.id);
      return changeWebhook(webhook.id, { url }, etag);
    },
    onSuccess: ({ url }) => {
      toast('done', 'Address changed. You can resend now.');
      patchDelivery(queryClient, { id: delivery.id, webhook: { ...webhook, url } });
      void queryClient.invalidateQueries({ queryKey: deliveryKeys.one(delivery.id) });
      void queryClient.invalidateQueries({ queryKey: webhookKeys.list });
      void queryClient.invalidateQueries({ queryKey: webhookKeys.one(webhook.id) });
      onDone();
    },
  });
}
