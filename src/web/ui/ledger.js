// One line below the alerts: whether everything that was received has its place.

const INTERVAL_MS = 10_000;
const line = document.getElementById('ledger');

void show();
setInterval(() => document.hidden || show(), INTERVAL_MS);

async function show() {
  const token = sessionStorage.getItem('longshore-token') ?? '';
  try {
    const response = await fetch('/api/ledger', { headers: token === '' ? {} : { authorization: `Bearer ${token}` } });
    if (!response.ok) return hide();
    const { text, isBad } = told(await response.json());
    line.textContent = text;
    line.className = isBad ? 'bad' : '';
    line.hidden = false;
  } catch {
    hide();
  }
}

function hide() {
  line.hidden = true;
}

function told({ containers, total, canary }) {
  const number = count => count.toLocaleString('en-US');
  const missing = Object.values(containers).reduce((sum, { unaccounted }) => sum + Math.abs(unaccounted), 0);
  const parts = [missing === 0 ? 'nothing is missing' : `${number(missing)} are unaccounted for: longshore ledger`];
  if (total.in_flight > 0) parts.push(`${number(total.in_flight)} not stored yet`);
  if (total.dead_lettered > 0) parts.push(`${number(total.dead_lettered)} dead letters: longshore dlq`);
  if (canary?.state === 'late') parts.push("longshore's own line did not come back in time");
  const text = `${number(total.received)} events received, ${parts.join('; ')}.`;
  return { text, isBad: missing !== 0 || canary?.state === 'late' };
}
