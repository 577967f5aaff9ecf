import { escapedHtml } from '../../outbound/mail-layout.js';

/* The pages behind links in mails. They need no script: a button is a form, and only that changes anything. */

const STYLE = `
:root{color-scheme:light dark;--paper:#f3f5f8;--card:#fff;--line:#dde2ea;--text:#1a2230;--quiet:#5a6472;--blue:#3b5bdb}
@media (prefers-color-scheme:dark){:root{--paper:#14181d;--card:#1b2027;--line:#2e353f;--text:#e4e7eb;--quiet:#a6adb4;
--blue:#4263eb}}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--paper);color:var(--text);
font:16px/24px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif}
main{box-sizing:border-box;width:min(480px,100vw - 24px);margin:12px;padding:28px;background:var(--card);
border:1px solid var(--line);border-radius:10px}
h1{margin:0 0 12px;font-size:20px;line-height:28px}
p{margin:0 0 12px;overflow-wrap:anywhere}
small{display:block;margin-top:20px;color:var(--quiet);font-size:14px;line-height:20px}
button{margin-top:8px;padding:11px 20px;border:0;border-radius:6px;background:var(--blue);color:#fff;
font:inherit;font-weight:600;cursor:pointer}
.no{background:none;color:inherit;box-shadow:inset 0 0 0 1px var(--line)}
button:focus-visible{outline:3px solid var(--text);outline-offset:2px}`;

interface PageParts {
  title: string;
  lines: readonly string[];
  /** A label; the button sends the form to the page's own address. */
  button?: string;
  /** The label of a second button, which declines. */
  no?: string;
  note?: string;
}

export function mailPage({ title, lines, button, no, note }: PageParts): string {
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="robots" content="noindex">' +
    `<meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapedHtml(title)} · BPOC</title>` +
    `<style>${STYLE}</style></head><body><main><h1>${escapedHtml(title)}</h1>` +
    lines.map((line) => `<p>${escapedHtml(line)}</p>`).join('') +
    (button === undefined
      ? ''
      : `<form method="post"><button>${escapedHtml(button)}</button>` +
        (no === undefined ? '' : ` <button class="no" formaction="?answer=no">${escapedHtml(no)}</button>`) +
        '</form>') +
    (note === undefined ? '' : `<small>${escapedHtml(note)}</small>`) +
    '</main></body></html>\n'
  );
}
