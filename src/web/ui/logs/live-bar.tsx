import { count } from '../base/time.ts';
import { closeRows } from './row-state.ts';
import { change, live } from './state.ts';
import { t } from './words.ts';

/** Begins and ends the live tail; shows whether it is connected. */
export function LiveButton({ isLive }: { isLive: boolean }) {
  const state = live.state.value;
  return (
    <>
      <button
        type="button"
        id="live"
        class={isLive ? `live ${state}` : 'live'}
        aria-pressed={isLive}
        onClick={() =>
          change(isLive ? { live: false } : { live: true, from: undefined, to: undefined, stats: undefined })
        }
      >
        <span class="dot" />
        {t('live')}
      </button>
      {isLive && (
        <button
          type="button"
          id="pause"
          aria-pressed={live.isPaused.value}
          onClick={() => {
            if (live.isPaused.value) live.resume();
            else live.isPaused.value = true;
          }}
        >
          {t('pause')}
        </button>
      )}
    </>
  );
}

/** What goes on with the tail: a lost connection, an end, events that wait for a reader. */
export function LiveState() {
  const state = live.state.value;
  const problem = live.problem.value;
  const held = live.held.value;
  return (
    <>
      {state === 'lost' && (
        <p class="problem lost" role="alert">
          {t('lost')}
        </p>
      )}
      {typeof problem === 'string' && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {held > 0 && (
        <button
          type="button"
          class="held main"
          onClick={() => {
            closeRows();
            getSelection()?.removeAllRanges();
            window.scrollTo({ top: 0 });
            live.resume();
          }}
        >
          ↑ {t('held', count(held))}
        </button>
      )}
    </>
  );
}
