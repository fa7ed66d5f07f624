// Events over time, by level. A bar narrows the search to its time, by a click or by the keyboard.

import { at, svg } from './dom.js';
import { LEVELS, levelClass } from './levels.js';
import { count, shownTime, timeZone } from './text.js';

/** `zoom({ from, to })`: searches this time only (ISO). */
export function drawHistogram({ buckets, interval_ms: interval }, zoom) {
  const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  const chart = svg('svg', {
    viewBox: `0 0 ${Math.max(1, buckets.length)} 100`,
    preserveAspectRatio: 'none',
    role: 'group',
    'aria-label': `${count(total)} events over time, by level. Left and right arrows move between the bars.`,
  });
  const highest = Math.max(1, ...buckets.map(bucket => bucket.count));
  const bars = buckets.map((bucket, index) => barOf(bucket, index, highest, interval, zoom));
  chart.append(...bars);
  // One stop for the Tab key, however many bars there are.
  bars.at(-1)?.setAttribute('tabindex', '0');
  chart.addEventListener('keydown', event => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = step === undefined ? undefined : bars[bars.indexOf(document.activeElement) + step];
    if (next === undefined) return;
    for (const bar of bars) bar.setAttribute('tabindex', bar === next ? '0' : '-1');
    next.focus();
    event.preventDefault();
  });
  const hadFocus = at('chart').contains(document.activeElement);
  at('chart').replaceChildren(chart);
  if (hadFocus) bars.at(-1)?.focus();
  const [first, last] = [buckets[0], buckets.at(-1)];
  at('axis-from').textContent = first === undefined ? '' : shownTime(first.at);
  at('axis-to').textContent = last === undefined ? '' : `${shownTime(last.at + interval)} ${timeZone()}`;
  return total;
}

export function clearHistogram() {
  at('chart').replaceChildren();
  at('axis-from').textContent = '';
  at('axis-to').textContent = '';
}

function barOf(bucket, index, highest, interval, zoom) {
  const text = `${shownTime(bucket.at)}: ${count(bucket.count)}\n${parts(bucket)
    .map(([name, n]) => `${name} ${count(n)}`)
    .join('\n')}`;
  const bar = svg('g', { role: 'button', tabindex: '-1', 'aria-label': text.replaceAll('\n', ', ') });
  const title = svg('title', {});
  title.textContent = text;
  bar.append(title, svg('rect', { class: 'area', x: index, y: 0, width: 1, height: 100 }));
  let top = 100;
  for (const [name, value] of parts(bucket)) {
    const height = Math.max(1.5, (value / highest) * 96);
    top -= height;
    bar.append(svg('rect', { class: levelClass(name), x: index + 0.08, y: top, width: 0.84, height }));
  }
  const choose = () =>
    zoom({ from: new Date(bucket.at).toISOString(), to: new Date(bucket.at + interval - 1).toISOString() });
  bar.addEventListener('click', choose);
  bar.addEventListener('keydown', event => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    choose();
  });
  return bar;
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
