import type { DeliveryDetail } from '../../../api/types';
import { CodeBlock } from '../../../ui/code-block';

interface TheirAnswerProps {
  delivery: DeliveryDetail;
  /** The try whose answer is shown. */
  attempt: number | null;
}

/** How they answered a delivery that is not through: it often says why. Masked, so nothing of it is audited. */
export function TheirAnswer({ delivery, attempt }: TheirAnswerProps) {
  const answer = delivery.answers.find(({ n }) => n === attempt);
  return answer ? <CodeBlock label="Their answer" text={answer.text} maxHeight={160} /> : null;
}
