// The page of Longshore. Whatever comes from logs reaches the document as text only (textContent), never as markup.

const LEVELS = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG'];
const FIRST_FIELDS = ['@timestamp', 'level', 'service', 'message'];
const PAGE_SIZE = 100;
const MAX_LIVE_ROWS = 500;
const ALERT_INTERVAL_MS = 10_000;
const SVG = 'http://www.w3.org/2000/svg';

const at = id => document.getElementById(id);
const state = {
  query: '',
  range: '1h',
  zoom: undefined,
  levels: new Set(),
  cursor: undefined,
  live: undefined,
  token: '',
};
let generation = 0;

state.token = sessionStorage.getItem('longshore-token') ?? '';
readAddress();
drawLevels();
at('search').addEventListener('submit', event => {
  event.preventDefault();
  state.query = at('query').value.trim();
  refresh();
});
at('range').addEventListener('change', () => {
  state.range = at('range').value;
  state.zoom = undefined;
  refresh();
});
at('zoom').addEventListener('click', () => {
  state.zoom = undefined;
  refresh();
});
at('live').addEventListener('click', () => (state.live === undefined ? startLive() : refresh()));
at('more').addEventListener('click', () => loadHits(true));
at('login').addEventListener('submit', event => {
  event.preventDefault();
  state.token = at('token').value;
  sessionStorage.setItem('longshore-token', state.token);
  at('login').hidden = true;
  refresh();
});
window.addEventListener('hashchange', () => {
  if (location.hash.slice(1) === addressText()) return;
  readAddress();
  drawLevels();
  refresh();
});
setInterval(() => document.hidden || loadAlerts(), ALERT_INTERVAL_MS);
refresh();

/** Ends a live tail and shows what the search finds now. */
function refresh() {
  stopLive();
  generation++;
  showProblem('');
  writeAddress();
  void loadHits(false);
  void loadHistogram();
  void loadAlerts();
}

/** What is searched: the typed query, narrowed to the chosen levels. */
function fullQuery() {
  if (state.levels.size === 0) return state.query;
  const levels = `level:(${[...state.levels].join(' OR ')})`;
  return state.query === '' ? levels : `(${state.query}) AND ${levels}`;
}

function timeRange() {
  return state.zoom ?? { from: `now-${state.range}`, to: 'now' };
}

async function ask(path, params) {
  const address = `${path}?${new URLSearchParams(params)}`;
  const headers = state.token === '' ? {} : { authorization: `Bearer ${state.token}` };
  const response = await fetch(address, { headers });
  if (response.status === 401) at('login').hidden = false;
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error?.message ?? `The server answered ${response.status}.`);
  return answer;
}

async function loadHits(more) {
  const mine = generation;
  at('more').disabled = true;
  try {
    const params = { query: fullQuery(), ...timeRange(), size: String(PAGE_SIZE) };
    if (more) params.cursor = state.cursor;
    const answer = await ask('/api/search', params);
    if (mine !== generation) return;
    const list = at('hits');
    if (!more) list.replaceChildren();
    list.append(...answer.hits.map(hitRow));
    state.cursor = answer.cursor;
    at('more').hidden = answer.cursor === undefined || answer.hits.length === 0;
    const about = answer.total.relation === 'gte' ? 'more than ' : '';
    at('summary').textContent = `${about}${count(answer.total.value)} events, ${Math.round(answer.took_ms)} ms`;
    const nothing = 'Nothing found.\nTry a wider time range, or send something: POST /api/logs?tag=test';
    showEmpty(list.childElementCount === 0 ? nothing : '');
  } catch (error) {
    if (mine === generation) showProblem(error.message);
  } finally {
    at('more').disabled = false;
  }
}

async function loadHistogram() {
  const mine = generation;
  try {
    const answer = await ask('/api/histogram', { query: fullQuery(), ...timeRange(), by: 'level' });
    if (mine === generation) drawHistogram(answer);
  } catch {
    if (mine === generation) at('chart').replaceChildren();
  }
}

function drawHistogram({ buckets, interval_ms: interval }) {
  const chart = svg('svg', {
    viewBox: `0 0 ${Math.max(1, buckets.length)} 100`,
    preserveAspectRatio: 'none',
    role: 'img',
  });
  const highest = Math.max(1, ...buckets.map(bucket => bucket.count));
  for (const [index, bucket] of buckets.entries()) {
    const bar = svg('g', {});
    const title = svg('title', {});
    title.textContent = `${localTime(bucket.at)}: ${count(bucket.count)}\n${parts(bucket)
      .map(([name, n]) => `${name} ${count(n)}`)
      .join('\n')}`;
    bar.append(title, svg('rect', { class: 'area', x: index, y: 0, width: 1, height: 100 }));
    let top = 100;
    for (const [name, value] of parts(bucket)) {
      const height = Math.max(1.5, (value / highest) * 96);
      top -= height;
      bar.append(svg('rect', { class: levelClass(name), x: index + 0.08, y: top, width: 0.84, height }));
    }
    bar.addEventListener('click', () => {
      state.zoom = { from: new Date(bucket.at).toISOString(), to: new Date(bucket.at + interval - 1).toISOString() };
      refresh();
    });
    chart.append(bar);
  }
  at('chart').replaceChildren(chart);
  const [first, last] = [buckets[0], buckets.at(-1)];
  at('axis-from').textContent = first === undefined ? '' : localTime(first.at);
  at('axis-to').textContent = last === undefined ? '' : localTime(last.at + interval);
}

/** The levels of a bucket, the least severe first (at the bottom), then what has no level. */
function parts(bucket) {
  const by = bucket.by ?? {};
  const known = [...LEVELS]
    .reverse()
    .filter(level => by[level] > 0)
    .map(level => [level, by[level]]);
  const rest = bucket.count - known.reduce((sum, [, value]) => sum + value, 0);
  return rest > 0 ? [['other', rest], ...known] : known;
}

function drawLevels() {
  at('levels').replaceChildren(
    ...LEVELS.map(level => {
      const button = element('button', level, level);
      button.type = 'button';
      button.setAttribute('aria-pressed', String(state.levels.has(level)));
      button.addEventListener('click', () => {
        if (!state.levels.delete(level)) state.levels.add(level);
        drawLevels();
        refresh();
      });
      return button;
    }),
  );
}

function hitRow(hit) {
  const item = element('li', levelClass(hit.level));
  const row = element('button', 'row');
  row.type = 'button';
  row.setAttribute('aria-expanded', 'false');
  const time = element('time', '', localTime(Date.parse(hit['@timestamp']), true));
  time.dateTime = hit['@timestamp'];
  row.append(
    time,
    element('span', 'level', hit.level ?? ''),
    element('span', 'service', hit.service ?? hit.container_name ?? hit.tag ?? ''),
    element('span', 'message', clean(hit.message ?? restOf(hit))),
  );
  row.addEventListener('click', () => {
    if (String(getSelection()) !== '') return;
    const open = row.getAttribute('aria-expanded') === 'true';
    row.setAttribute('aria-expanded', String(!open));
    if (open) item.lastChild.remove();
    else item.append(fieldList(hit));
  });
  item.append(row);
  return item;
}

function fieldList(hit) {
  const list = element('dl', 'fields');
  const names = Object.keys(hit)
    .filter(name => !FIRST_FIELDS.includes(name))
    .sort();
  for (const name of [...FIRST_FIELDS.filter(first => first in hit), ...names]) {
    const value = hit[name];
    const tools = element('dd', 'tools');
    if (typeof value !== 'object' && !name.startsWith('_') && name !== '@timestamp') {
      tools.append(
        tool('+', `Only events with this ${name}`, '', name, value),
        tool('−', 'Without these', 'NOT ', name, value),
      );
    }
    list.append(element('dt', '', clean(name)), element('dd', '', clean(value)), tools);
  }
  return list;
}

function tool(sign, label, prefix, name, value) {
  const button = element('button', '', sign);
  button.type = 'button';
  button.title = label;
  button.addEventListener('click', () => {
    const text = typeof value === 'string' ? `"${value.replace(/[\\"]/g, '\\$&')}"` : String(value);
    const term = `${prefix}${name.replace(/[^\w.@-]/g, '\\$&')}:${text}`;
    state.query = state.query === '' ? term : `(${state.query}) AND ${term}`;
    at('query').value = state.query;
    refresh();
  });
  return button;
}

function startLive() {
  generation++;
  showProblem('');
  const params = new URLSearchParams({ query: fullQuery(), last: '50' });
  if (state.token !== '') params.set('token', state.token);
  const source = new EventSource(`/api/tail?${params}`);
  const waiting = [];
  const show = () => {
    const rows = waiting.splice(0).slice(-MAX_LIVE_ROWS).reverse();
    at('hits').prepend(
      ...rows.map(entry => (typeof entry === 'string' ? element('li', 'notice', entry) : hitRow(entry))),
    );
    while (at('hits').childElementCount > MAX_LIVE_ROWS) at('hits').lastChild.remove();
    if (rows.length > 0) showEmpty('');
  };
  const add = entry => {
    if (waiting.push(entry) === 1) setTimeout(show, 100);
    if (waiting.length > 2 * MAX_LIVE_ROWS) waiting.splice(0, MAX_LIVE_ROWS);
  };
  // After a broken connection the browser asks again and the server sends the newest ones once more.
  source.addEventListener('open', () => {
    waiting.length = 0;
    at('hits').replaceChildren();
  });
  source.addEventListener('message', event => add(JSON.parse(event.data)));
  source.addEventListener('dropped', event =>
    add(`${count(JSON.parse(event.data).dropped)} events were too many to show here.`),
  );
  source.addEventListener('error', () => {
    if (source.readyState !== EventSource.CLOSED) return;
    stopLive();
    // An EventSource does not tell the reason of a refusal; the same search does.
    void loadHits(false);
  });
  state.live = source;
  at('hits').replaceChildren();
  at('live').setAttribute('aria-pressed', 'true');
  at('more').hidden = true;
  at('summary').textContent = 'live';
  showEmpty('Waiting for events ...');
}

function stopLive() {
  state.live?.close();
  state.live = undefined;
  at('live').setAttribute('aria-pressed', 'false');
}

async function loadAlerts() {
  let alerts;
  try {
    ({ alerts } = await ask('/api/alerts', { limit: '20' }));
  } catch {
    return;
  }
  const items = alerts.map(alert => {
    const item = element('li', '');
    const when = Date.parse(alert.at);
    const title = alert.title ?? alert.rule ?? 'Alert';
    item.append(element('strong', '', clean(title)));
    item.append(element('span', '', `${Number.isNaN(when) ? '' : localTime(when)} ${clean(alert.rule ?? '')}`));
    if (typeof alert.body === 'string') item.append(element('span', '', clean(alert.body).replaceAll(/^```\n?/gm, '')));
    return item;
  });
  at('alerts').replaceChildren(...(items.length > 0 ? items : [element('li', 'none', 'None. All quiet.')]));
}

/** Text as it can be shown: without colour codes of terminals, control characters made visible, objects as JSON. */
function clean(value) {
  const text = typeof value === 'object' ? JSON.stringify(value, null, 1) : String(value);
  return text
    .replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g, '')
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, c => String.fromCharCode(c === '\x7f' ? 0x2421 : 0x2400 + c.charCodeAt(0)));
}

function restOf(hit) {
  const hidden = new Set(['_id', '_index', 'seq', '@timestamp', 'level', 'service']);
  return JSON.stringify(Object.fromEntries(Object.entries(hit).filter(([name]) => !hidden.has(name))));
}

function localTime(ms, fine = false) {
  const date = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return Number.isNaN(date.getTime())
    ? ''
    : date
        .toISOString()
        .slice(0, fine ? 23 : 19)
        .replace('T', ' ');
}

function levelClass(level) {
  return LEVELS.includes(level) ? level : 'other';
}

const count = value => Number(value).toLocaleString('en');

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function svg(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function showProblem(text) {
  at('problem').hidden = text === '';
  at('problem').textContent = text;
}

function showEmpty(text) {
  at('empty').hidden = text === '';
  at('empty').textContent = text;
}

/** The search stands in the address, so that it can be sent to a colleague. */
function addressText() {
  const params = new URLSearchParams({ query: state.query, range: state.range });
  if (state.levels.size > 0) params.set('levels', [...state.levels].join(','));
  if (state.zoom !== undefined) for (const [name, value] of Object.entries(state.zoom)) params.set(name, value);
  return params.toString();
}

function writeAddress() {
  history.replaceState(null, '', `#${addressText()}`);
  at('zoom').hidden = state.zoom === undefined;
  if (state.zoom !== undefined)
    at('zoom').textContent = `${localTime(Date.parse(state.zoom.from))} to ${localTime(Date.parse(state.zoom.to))}  ✕`;
}

function readAddress() {
  const params = new URLSearchParams(location.hash.slice(1));
  state.query = params.get('query') ?? '';
  const range = params.get('range') ?? '';
  if ([...at('range').options].some(option => option.value === range)) state.range = range;
  const [from, to] = [params.get('from'), params.get('to')];
  state.zoom = from !== null && to !== null ? { from, to } : undefined;
  state.levels = new Set((params.get('levels') ?? '').split(',').filter(level => LEVELS.includes(level)));
  at('query').value = state.query;
  at('range').value = state.range;
}
