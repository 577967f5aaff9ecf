/** A page that creates applications and changes their status. */
export const PAGE = /* html */ `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Applications</title>
<link rel="icon" href="data:,">
<style>
  body { font: 16px system-ui; margin: 2rem auto; max-width: 50rem }
  td, th { padding: .3rem .6rem; text-align: left }
</style>
<h1>Applications</h1>
<p><button id="create">New application</button> <output id="outbox"></output></p>
<table><thead><tr><th>Candidate<th>Job<th>Status<th>Move to</tr></thead><tbody id="rows"></tbody></table>
<script type="module">
  const STEPS = ['shortlisted', 'interviewed', 'hired', 'rejected'];
  const NAMES = ['Maria Santos', 'Jonas Weber', 'Aiko Tanaka'];
  const send = (method, path, body) =>
    fetch(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }).then(show);
  const cell = (row, content) => row.insertCell().append(content);

  document.querySelector('#create').onclick = () => {
    const candidateName = NAMES[Math.floor(Math.random() * NAMES.length)];
    const candidateEmail = candidateName.toLowerCase().replace(' ', '.') + '@example.com';
    send('POST', '/applications', { jobId: 'J-20', jobTitle: 'Support agent', candidateName, candidateEmail });
  };

  async function show() {
    const [applications, outbox] = await Promise.all(
      ['/applications', '/health'].map((path) => fetch(path).then((answer) => answer.json())),
    );
    document.querySelector('#outbox').textContent =
      outbox.waiting + ' events wait, ' + outbox.sent + ' sent' + (outbox.problem ? ': ' + outbox.problem : '');
    const rows = document.querySelector('#rows');
    rows.replaceChildren();
    for (const { id, candidateName, jobTitle, status } of applications) {
      const row = rows.insertRow();
      for (const text of [candidateName, jobTitle, status]) cell(row, text);
      for (const step of STEPS.filter((one) => one !== status)) {
        const button = document.createElement('button');
        button.textContent = step;
        button.onclick = () => send('PATCH', '/applications/' + id, { status: step });
        cell(row, button);
      }
    }
  }
  show();
  setInterval(show, 2000);
</script>
</html>
`;
