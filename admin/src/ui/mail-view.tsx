import css from './mail-view.module.css';

interface MailViewProps {
  /** The mail as stored by the server: JSON with subject and text. */
  body: string;
}

/** A mail as a mail program shows it. Links are inactive, because they are the recipient's. */
export function MailView({ body }: MailViewProps) {
  const { subject, text } = JSON.parse(body) as { subject: string; text: string };
  const [message = '', small = ''] = text.split('\n\n-- \n');
  return (
    <section className={css.mail} aria-label="Mail">
      <dl className={css.head}>
        <div>
          <dt>To</dt>
          <dd>each recipient alone</dd>
        </div>
        <div>
          <dt>Subject</dt>
          <dd>
            <strong>{subject}</strong>
          </dd>
        </div>
      </dl>
      <div className={css.body}>
        {message.split('\n\n').map((paragraph) => {
          const label = BUTTON.exec(paragraph)?.[1];
          return label === undefined ? (
            <p key={paragraph}>{paragraph}</p>
          ) : (
            <span key={paragraph} className={css.button}>
              {label}
            </span>
          );
        })}
      </div>
      <p className={css.note}>{small.replace(/: https?:\S+/g, '').replaceAll('\n\n', ' ')}</p>
    </section>
  );
}

/** In plain text a button is its label and its address. */
const BUTTON = /^([^:]+): https?:\S+$/;
