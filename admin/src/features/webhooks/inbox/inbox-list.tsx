import type { InboxMessage } from '../../../api/types';
import { Ago } from '../../../ui/ago';
import { UnstyledButton } from '../../../ui/kit';
import { SignatureWord } from './signature-word';
import css from './inbox.module.css';

interface InboxListProps {
  messages: readonly InboxMessage[];
  openId: string;
  titleOf: (message: InboxMessage) => string;
  onOpen: (id: string) => void;
}

export function InboxList({ messages, openId, titleOf, onOpen }: InboxListProps) {
  return (
    <ul className={css.list} aria-label="Messages, newest first">
      {messages.map((message) => (
        <li key={message.id}>
          <UnstyledButton
            className={css.item}
            aria-current={message.id === openId ? 'true' : undefined}
            onClick={() => onOpen(message.id)}
          >
            <span className={css.itemTitle}>{titleOf(message)}</span>
            <span className={css.itemTime}>
              <Ago iso={message.received_at} />
            </span>
            <SignatureWord verdict={message.signature} />
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
}
