import type { Key } from '../base/keys.ts';
import { QUERY_ID } from './query-box.tsx';
import { closeRows, wraps } from './row-state.ts';
import { change, live, search } from './state.ts';
import { t } from './words.ts';

/** The keys of the logs. */
export function logKeys(): Key[] {
  return [
    { key: '/', what: () => t('keySearch'), run: focusQuery },
    { key: 'j', what: () => t('keyDown'), run: () => step(1) },
    { key: 'k', what: () => t('keyUp'), run: () => step(-1) },
    {
      key: 'l',
      what: () => t('keyLive'),
      run: () => change({ live: !search.peek().live, from: undefined, to: undefined, stats: undefined }),
    },
    {
      key: 'p',
      what: () => t('keyPause'),
      run: () => {
        if (live.isPaused.peek()) live.resume();
        else live.isPaused.value = search.peek().live;
      },
    },
    {
      key: 'w',
      what: () => t('keyWrap'),
      run: () => {
        wraps.value = wraps.peek() === 'wrap' ? 'compact' : 'wrap';
      },
    },
    { key: 'Escape', what: () => t('keyEscape'), run: leave },
  ];
}

function focusQuery(): void {
  const input = document.getElementById(QUERY_ID) as HTMLInputElement | null;
  input?.focus();
  input?.select();
}

/** To the next row; from elsewhere to the first one in sight. */
function step(by: number): void {
  const toggles = [...document.querySelectorAll<HTMLElement>('#hits .toggle')].sort(
    (a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top,
  );
  const at = toggles.indexOf(document.activeElement as HTMLElement);
  const next = at === -1 ? toggles.find(toggle => toggle.getBoundingClientRect().top > 60) : toggles[at + by];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: 'nearest' });
}

/** Out of the query; else all rows close, and a live tail goes on. */
function leave(): void {
  const { activeElement } = document;
  if (activeElement?.id !== QUERY_ID) closeRows();
  if (activeElement instanceof HTMLElement && activeElement.closest(`#${QUERY_ID}, #hits`) !== null)
    activeElement.blur();
}
