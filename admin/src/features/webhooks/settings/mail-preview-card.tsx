import type { WebhookDetail } from '../../../api/types';
import { Card } from '../../../ui/page';
import { MailPreview } from '../mail-preview';

export function MailPreviewCard({ webhook }: { webhook: WebhookDetail }) {
  return (
    <Card title="What an email looks like">
      <MailPreview webhook={webhook} />
    </Card>
  );
}
