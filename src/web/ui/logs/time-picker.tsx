import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { clean } from '../base/text.ts';
import { shownTime, timeZone } from '../base/time.ts';
import { wallMoment, wallText } from '../base/wall-clock.ts';
import { QUICK_RANGES, type QuickRange, type Search, spanOf } from './search-state.ts';
import { change } from './state.ts';
import { momentOf, zoomedOut } from './time-range.ts';
import { rangeName, t } from './words.ts';

/** Which time is searched: up to now, or between two times of the page's zone; or wider than it is. */
export function TimePicker({ search }: { search: Search }) {
  const isOpen = useSignal(false);
  const isExact = search.to !== undefined;
  return (
    <>
      <select
        id="range"
        aria-label={t('range')}
        value={isExact ? 'exact' : search.range}
        onChange={({ currentTarget: select }) => {
          if (select.value === 'exact') {
            isOpen.value = true;
            select.value = isExact ? 'exact' : search.range;
          } else change({ range: select.value as QuickRange, from: undefined, to: undefined });
        }}
      >
        {QUICK_RANGES.map(range => (
          <option key={range} value={range}>
            {rangeName(range)}
          </option>
        ))}
        <option value="exact">{t('fromTo')}</option>
      </select>
      <button type="button" aria-label={t('zoomOut')} title={t('zoomOut')} onClick={() => zoomOut(search)}>
        −
      </button>
      {isOpen.value && (
        <ExactTimes
          search={search}
          close={() => {
            isOpen.value = false;
          }}
        />
      )}
    </>
  );
}

/** The chosen times, which a click takes away again. */
export function ChosenTimes({ search }: { search: Search }) {
  if (search.to === undefined) return null;
  // `now-2h` of an address stands for itself.
  const shown = (text: string): string => {
    const at = momentOf(text, Number.NaN);
    return at === undefined || Number.isNaN(at) ? clean(text) : shownTime(at, at % 1000 !== 0 && at % 1000 !== 999);
  };
  const text = `${search.from === undefined ? '…' : shown(search.from)} ${t('to')} ${shown(search.to)}`;
  return (
    <button
      id="zoom"
      type="button"
      class="chip"
      title={t('takeAway')}
      onClick={() => change({ from: undefined, to: undefined })}
    >
      {text} <span aria-hidden="true">✕</span>
    </button>
  );
}

function zoomOut(search: Search): void {
  const now = Date.now();
  const { from, to } = spanOf(search);
  const span = { from: momentOf(from, now), to: momentOf(to, now) };
  if (span.from === undefined || span.to === undefined) return;
  const index = QUICK_RANGES.indexOf(search.range);
  const wider = QUICK_RANGES[index + 1];
  if (search.to === undefined && wider !== undefined) {
    change({ range: wider });
    return;
  }
  const out = zoomedOut({ from: span.from, to: span.to }, now);
  change({ from: new Date(out.from).toISOString(), to: new Date(out.to).toISOString() });
}

function ExactTimes({ search, close }: { search: Search; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isWrong = useSignal(false);
  const zone = timeZone.value;
  const now = Date.now();
  const span = spanOf(search);
  const from = useSignal(wallText(momentOf(span.from, now) ?? now - 3_600_000, zone));
  const to = useSignal(wallText(momentOf(span.to, now) ?? now, zone));
  useEffect(() => dialog.current?.showModal(), []);
  const use = (event: SubmitEvent): void => {
    event.preventDefault();
    const [start, end] = [wallMoment(from.value, zone), wallMoment(to.value, zone)];
    isWrong.value = start === undefined || end === undefined || start > end;
    if (isWrong.value) return;
    close();
    // The second that is named belongs to it.
    change({ from: new Date(start!).toISOString(), to: new Date(end! + 999).toISOString(), live: false });
  };
  return (
    <dialog ref={dialog} aria-label={t('fromTo')} onClose={close}>
      <form class="exact" onSubmit={use}>
        <p class="soft">{t('inZone', zone)}</p>
        <label>
          {t('from')}
          <input
            type="datetime-local"
            step="1"
            required
            value={from.value}
            onInput={event => {
              from.value = event.currentTarget.value;
            }}
          />
        </label>
        <label>
          {t('until')}
          <input
            type="datetime-local"
            step="1"
            required
            value={to.value}
            onInput={event => {
              to.value = event.currentTarget.value;
            }}
          />
        </label>
        {isWrong.value && <p role="alert">{t('wrongTimes')}</p>}
        <div class="buttons">
          <button type="submit" class="main">
            {t('use')}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            {t('cancel')}
          </button>
        </div>
      </form>
    </dialog>
  );
}
