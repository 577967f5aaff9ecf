import css from './guide.module.css';

/** Checking signatures in no-code tools. Menu names are those of the tools. */
export function NoCode() {
  return (
    <>
      <p>
        These tools give you an address that nobody can guess. Keep it secret, and you can start without a check. A
        check takes one more step, shown at its end. It proves who sent a message, but not when: an old one that someone
        sends again passes.
      </p>
      <section className={css.tool} aria-labelledby="zapier">
        <h2 id="zapier">Zapier</h2>
        <ol>
          <li>Make a Zap. Choose the trigger Webhooks by Zapier, then Catch Hook.</li>
          <li>Copy its address, and add it here as a webhook.</li>
          <li>Press Send test here, then Test trigger there.</li>
          <li>
            To check: choose Catch Raw Hook instead, which keeps the body as it came. Add a Code by Zapier step with
            JavaScript. Give it the raw body, the header <code>x-webhook-signature</code> and the secret, and use{' '}
            <code>verifySignatureHeader</code> from the Node tab. Add a Filter step that continues only when it matches.
          </li>
        </ol>
      </section>
      <section className={css.tool} aria-labelledby="make">
        <h2 id="make">Make</h2>
        <ol>
          <li>Make a scenario. Choose Webhooks as the first module, then Custom webhook.</li>
          <li>In its advanced settings turn on Get request headers, and JSON pass-through for the raw body.</li>
          <li>Copy its address, and add it here as a webhook.</li>
          <li>Press Redetermine data structure there, then Send test here.</li>
          <li>
            To check: add a filter after it. Compare the header <code>x-webhook-signature</code> with{' '}
            <code>sha256=</code> and the result of <code>sha256(body; hex; secret)</code>.
          </li>
        </ol>
      </section>
      <section className={css.tool} aria-labelledby="n8n">
        <h2 id="n8n">n8n</h2>
        <ol>
          <li>Add a Webhook node. Set its method to POST, and turn on the option Raw body.</li>
          <li>Copy its Production URL, and add it here as a webhook. Turn the workflow on.</li>
          <li>Press Send test here. The run shows up under Executions.</li>
          <li>
            To check: add a Crypto node, action Hmac, type SHA256, encoding HEX, over the raw body with the secret. Then
            an If node: <code>sha256=</code> and the result must equal <code>x-webhook-signature</code>.
          </li>
        </ol>
      </section>
    </>
  );
}
