import type { AttemptContent, DeliveryContent, DeliveryDetail } from '../../../api/types';
import { isTool } from '../../../lib/failure-sentence';
import { hexDump } from '../../../lib/hex-dump';
import { CODE_KINDS, requestCode } from '../../../lib/request-code';
import { fullTime } from '../../../lib/time';
import { CodeBlock } from '../../../ui/code-block';
import { CopyButton } from '../../../ui/copy-button';
import { JsonBlock } from '../../../ui/json-block';
import { InfoBar } from '../../../ui/states';
import { ToolView } from '../../../ui/tool-view';
import css from './message-tabs.module.css';

interface SentProps {
  delivery: DeliveryDetail;
  content: DeliveryContent;
  attempt: AttemptContent | undefined;
}

/** The message, and the request as code. */
export function SentPart({ delivery, content, attempt }: SentProps) {
  if (content.body === null) {
    const when = content.purged_at ? ` on ${fullTime(content.purged_at)}` : '';
    return <InfoBar>The message was erased{when}. Its history stays visible.</InfoBar>;
  }
  const { body } = content;
  const { kind, url } = delivery.webhook;
  if (isTool(kind) || url === null) {
    return (
      <>
        <ToolView kind={isTool(kind) ? kind : 'email'} body={body} />
        {kind === 'email' ? null : <JsonBlock label="The request" text={body} />}
      </>
    );
  }
  const request = { url, headers: attempt?.request_headers ?? JSON_HEADER, body };
  return (
    <>
      <JsonBlock label="Message we sent" text={body} />
      <div className={css.copyAs} role="group" aria-label="Copy the request as">
        <span aria-hidden="true">Copy as</span>
        {CODE_KINDS.map((kind) => (
          <CopyButton key={kind} size="compact-xs" label={kind} text={() => requestCode(kind, request)} />
        ))}
      </div>
    </>
  );
}

const JSON_HEADER = { 'content-type': 'application/json' };

/** The answer, as text or, if it is not text, as bytes. */
export function AnswerPart({ attempt, content }: { attempt: AttemptContent; content: DeliveryContent }) {
  const several = content.attempts.length > 1;
  const title = several ? `Answer to try ${attempt.n}` : 'Their answer';
  if (attempt.response_body === null && attempt.response_headers === null) {
    return <InfoBar>They did not answer{several ? ` try ${attempt.n}` : ''}.</InfoBar>;
  }
  if (!attempt.response_body) return <InfoBar>Their answer was empty.</InfoBar>;
  const binary = attempt.response_body_encoding === 'hex';
  return (
    <>
      {binary || attempt.response_truncated ? (
        <CodeBlock label={title} text={binary ? hexDump(attempt.response_body) : attempt.response_body} />
      ) : (
        <JsonBlock label={title} text={attempt.response_body} />
      )}
      {binary ? <p className={css.hint}>This is not text, so you see its bytes.</p> : null}
      {attempt.response_truncated ? (
        <p className={css.hint}>Cut off here: we keep up to {binary ? '1 KiB' : '16 KiB'}.</p>
      ) : null}
    </>
  );
}

export function HeadersPart({ attempt }: { attempt: AttemptContent }) {
  return (
    <div className={css.headers}>
      {attempt.request_headers ? (
        <CodeBlock label={`Headers we sent, try ${attempt.n}`} text={headerText(attempt.request_headers)} />
      ) : (
        <InfoBar>This try ended before we could send anything.</InfoBar>
      )}
      {attempt.response_headers ? (
        <CodeBlock label="Headers of their answer" text={headerText(attempt.response_headers)} />
      ) : (
        <InfoBar>There was no answer, so there are no headers.</InfoBar>
      )}
      <p className={css.hint}>Secret values are hidden.</p>
    </div>
  );
}

function headerText(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
