// The page of Longshore: what is searched, and what happens when it changes.

import { drawAlerts } from './alerts.js';
import { at, element } from './dom.js';
import { clearHistogram, drawHistogram } from './histogram.js';
import { hitRow } from './hits.js';
import { LEVELS } from './levels.js';
import { follow } from './live.js';
import { browserZone, chooseZone, clean, count, shownTime, timeZone } from './text.js';

const PAGE_SIZE = 100;
const ALERT_INTERVAL_MS = 10_000;
const LIVE_TOTAL_MS = 5_000;

const state = {
  query: '',
  range: '1h',
  // Of which alerts are shown; undefined: of all.
  rule: undefined,
  zoom: undefined,
  levels: new Set(),
  cursor: undefined,
  live: undefined,
  token: sessionStorage.getItem('longshore-token') ?? '',
};
let generation = 0;

drawZones();
readAddress();
drawLevels();
at('search').addEventListener('submit', event => {
  event.preventDefault();
  state.query = at('query').value.trim();
  state.rule = undefined;
  search();
});
at('range').addEventListener('change', () => {
  state.range = at('range').value;
  state.zoom = undefined;
  search();
});
at('zone').addEventListener('change', () => {
  chooseZone(at('zone').value);
  refresh();
});
at('zoom').addEventListener('click', () => zoomTo(undefined));
at('live').addEventListener('click', () => {
  if (state.live === undefined) startLive();
  else {
    stopLive();
    refresh();
  }
});
at('more').addEventListener('click', () => loadHits(true));
at('login').addEventListener('submit', event => {
  event.preventDefault();
  state.token = at('token').value;
  sessionStorage.setItem('longshore-token', state.token);
  at('login').hidden = true;
  refresh();
});
// Back and forward go from search to search.
window.addEventListener('hashchange', () => {
  if (location.hash.slice(1) === addressText()) return;
  readAddress();
  drawLevels();
  refresh();
});
setInterval(() => document.hidden || loadAlerts(), ALERT_INTERVAL_MS);
setInterval(() => document.hidden || state.live === undefined || loadHistogram(), LIVE_TOTAL_MS);
refresh();

/** A new search: it gets its own place in the browser's history. A live tail goes on with it. */
function search() {
  if (location.hash.slice(1) !== addressText()) history.pushState(null, '', `#${addressText()}`);
  refresh();
}

/** Shows what the search finds now. */
function refresh() {
  drawZoom();
  if (state.live !== undefined) {
    startLive();
    return;
  }
  generation++;
  showProblem('');
  showHints([]);
  void loadHits(false);
  void loadHistogram();
  void loadAlerts();
}

function zoomTo(range) {
  state.zoom = range;
  stopLive();
  search();
}

/** Only events that also match the term. */
function narrow(term) {
  state.query = state.query === '' ? term : `(${state.query}) AND ${term}`;
  at('query').value = state.query;
  search();
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
  let response;
  try {
    response = await fetch(address, { headers });
  } catch {
    throw new Error('Longshore does not answer: it has stopped, or the network is down.');
  }
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
    list.append(...answer.hits.map(hit => hitRow(hit, narrow)));
    state.cursor = answer.cursor;
    at('more').hidden = answer.cursor === undefined || answer.hits.length === 0;
    if (!more) showHints(answer.hints ?? []);
    const about = answer.total.relation === 'gte' ? 'more than ' : '';
    at('summary').textContent = `${about}${count(answer.total.value)} events, ${Math.round(answer.took_ms)} ms`;
    const nothing = 'Nothing found.\nTry a wider time range, or send something: POST /api/logs?tag=test';
    showEmpty(list.childElementCount === 0 ? nothing : '');
  } catch (error) {
    if (mine === generation) showFailure(error.message);
  } finally {
    at('more').disabled = false;
  }
}

/** What was found before belongs to another search: it does not stay below the error. */
function showFailure(message) {
  showProblem(message);
  at('hits').replaceChildren();
  at('more').hidden = true;
  at('summary').textContent = '';
  showEmpty('');
  clearHistogram();
}

async function loadHistogram() {
  const mine = generation;
  try {
    const answer = await ask('/api/histogram', { query: fullQuery(), ...timeRange(), by: 'level' });
    if (mine !== generation) return;
    const total = drawHistogram(answer, zoomTo);
    if (state.live !== undefined) at('summary').textContent = `live; ${count(total)} events in ${rangeText()}`;
  } catch {
    if (mine === generation) clearHistogram();
  }
}

const rangeText = () =>
  state.zoom === undefined ? `the last ${at('range').selectedOptions[0].textContent}` : 'this time range';

function drawLevels() {
  at('levels').replaceChildren(
    ...LEVELS.map(level => {
      const button = element('button', level, level);
      button.type = 'button';
      button.setAttribute('aria-pressed', String(state.levels.has(level)));
      button.addEventListener('click', () => {
        if (!state.levels.delete(level)) state.levels.add(level);
        drawLevels();
        search();
      });
      return button;
    }),
  );
}

function drawZones() {
  const zones = [...new Set([browserZone(), 'UTC'])];
  at('zone').replaceChildren(
    ...zones.map(zone => {
      const option = element('option', '', zone);
      option.value = zone;
      option.selected = zone === timeZone();
      return option;
    }),
  );
}

function startLive() {
  stopLive();
  generation++;
  showProblem('');
  showHints([]);
  state.live = follow(fullQuery(), state.token, narrow, {
    open: () => {
      showProblem('');
      at('live').classList.remove('lost');
    },
    shown: () => showEmpty(''),
    lost: () => {
      showProblem('The connection to Longshore is lost. The live view goes on as soon as it answers again.');
      at('live').classList.add('lost');
    },
    ended: message => {
      stopLive();
      showProblem(message);
    },
    refused: () => {
      stopLive();
      // An EventSource does not tell the reason of a refusal; the same search does.
      void loadHits(false);
    },
  });
  at('hits').replaceChildren();
  at('live').setAttribute('aria-pressed', 'true');
  at('more').hidden = true;
  at('summary').textContent = 'live';
  showEmpty('Waiting for events ...');
  void loadHistogram();
  void loadAlerts();
}

function stopLive() {
  state.live?.close();
  state.live = undefined;
  at('live').setAttribute('aria-pressed', 'false');
  at('live').classList.remove('lost');
}

async function loadAlerts() {
  try {
    const ofRule = state.rule === undefined ? {} : { rule: state.rule };
    const { alerts } = await ask('/api/alerts', { limit: '20', ...ofRule });
    at('alerts-title').textContent = state.rule === undefined ? 'Recent alerts' : `Alerts of ${clean(state.rule)}`;
    drawAlerts(alerts, zoomTo);
  } catch {
    // The search says what is wrong.
  }
}

function showProblem(text) {
  at('problem').hidden = text === '';
  at('problem').textContent = text;
}

function showHints(hints) {
  at('hints').hidden = hints.length === 0;
  at('hints').textContent = hints.join('\n');
}

function showEmpty(text) {
  at('empty').hidden = text === '';
  at('empty').textContent = text;
}

/** The search stands in the address, so that it can be sent to a colleague. */
function addressText() {
  const params = new URLSearchParams({ query: state.query, range: state.range });
  if (state.rule !== undefined) params.set('rule', state.rule);
  if (state.levels.size > 0) params.set('levels', [...state.levels].join(','));
  if (state.zoom !== undefined) for (const [name, value] of Object.entries(state.zoom)) params.set(name, value);
  return params.toString();
}

function drawZoom() {
  at('zoom').hidden = state.zoom === undefined;
  // `now-2h` of an address stands for itself.
  const shown = text => shownTime(Date.parse(text)) || text;
  if (state.zoom !== undefined) at('zoom').textContent = `${shown(state.zoom.from)} to ${shown(state.zoom.to)}  ✕`;
}

function readAddress() {
  const params = new URLSearchParams(location.hash.slice(1));
  state.query = params.get('query') ?? '';
  const range = params.get('range') ?? '';
  if ([...at('range').options].some(option => option.value === range)) state.range = range;
  const [from, to] = [params.get('from'), params.get('to')];
  state.zoom = from !== null && to !== null ? { from, to } : undefined;
  state.rule = params.get('rule') || undefined;
  state.levels = new Set((params.get('levels') ?? '').split(',').filter(level => LEVELS.includes(level)));
  at('query').value = state.query;
  at('range').value = state.range;
}
