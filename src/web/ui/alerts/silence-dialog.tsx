import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { AlertInstanceView } from '../../../core/api/alerts.ts';
import type { SilenceView } from '../../../core/api/silences.ts';
import { type ApiError, ask } from '../base/api.ts';
import { stored } from '../base/stored.ts';
import { clean } from '../base/text.ts';
import { durationText, shownTime, timeZone } from '../base/time.ts';
import { fieldOfInstant, instantOfField } from '../base/zoned.ts';
import type { Shared } from './view.tsx';
import { t } from './words.ts';

/** What a new silence begins with. */
export interface SilenceStart {
  /** Of the alert; those `chosen` and the name of the rule are meant unless somebody says otherwise. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly chosen?: Readonly<Record<string, string>> | undefined;
  /** Instead of these. */
  readonly matchers?: string | undefined;
  /** One that is to be changed. */
  readonly change?: SilenceView | undefined;
}

const HOUR_MS = 3_600_000;
const CHOICES = [HOUR_MS / 2, 2 * HOUR_MS, 8 * HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS];
const FIRST_CHOICE = 2 * HOUR_MS;

/** Who silences, as it was said last. */
const author = stored<string>('author', '');

/** Who, why, until when, and for what: two hours for this alert, unless somebody says otherwise. */
export function SilenceDialog({ start, shared, close }: { start: SilenceStart; shared: Shared; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLButtonElement>('button[type=submit]')?.focus();
  }, []);
  const { labels, change } = start;
  const chosen = useSignal<ReadonlySet<string>>(new Set(['alertname', ...Object.keys(start.chosen ?? {})]));
  const text = useSignal(start.matchers ?? change?.text ?? '');
  const lasts = useSignal<number | undefined>(change === undefined ? FIRST_CHOICE : undefined);
  const end = useSignal(fieldOfInstant(change === undefined ? Date.now() + FIRST_CHOICE : Date.parse(change.ends_at)));
  const comment = useSignal(change?.comment ?? '');
  const by = useSignal(change?.created_by ?? author.value);
  const problem = useSignal('');
  const isBusy = useSignal(false);
  const until = lasts.value === undefined ? instantOfField(end.value) : Date.now() + lasts.value;

  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (Number.isNaN(until)) {
      problem.value = t('noEnd');
      return;
    }
    isBusy.value = true;
    author.value = by.value.trim();
    const body = {
      ...(change === undefined ? {} : { id: change.id, starts_at: change.starts_at }),
      matchers: labels === undefined ? text.value : matchersOf(labels, chosen.value),
      ends_at: new Date(until).toISOString(),
      created_by: by.value.trim(),
      comment: comment.value.trim(),
    };
    try {
      const made = await ask<SilenceView>('api/silences', {}, { method: 'POST', body });
      shared.changed();
      shared.say(t('silencedUntil', clean(made.text), shownTime(made.ends_at)), {
        text: t('undo'),
        run: () => void endSilence(made.id, shared),
      });
      close();
    } catch (error) {
      problem.value = (error as ApiError).message;
      isBusy.value = false;
    }
  };

  const span = Number.isNaN(until) ? '' : durationText(until - Date.now());
  return (
    <dialog ref={dialog} class="silence" aria-label={t('newSilence')} onClose={close}>
      <form onSubmit={save}>
        <h2>{t(change === undefined ? 'newSilence' : 'changeSilence')}</h2>
        {labels === undefined ? (
          <label class="field">
            {t('matchers')}
            <input
              class="mono"
              value={text.value}
              placeholder={'service="api"'}
              spellcheck={false}
              onInput={event => {
                text.value = event.currentTarget.value;
              }}
            />
            <span class="soft">{t('matchersHint')}</span>
          </label>
        ) : (
          <Choice labels={labels} chosen={chosen.value} active={shared.active} choose={next => (chosen.value = next)} />
        )}
        <fieldset>
          <legend>{t('howLong')}</legend>
          <div class="choice">
            {CHOICES.map(ms => (
              <button key={ms} type="button" aria-pressed={lasts.value === ms} onClick={() => (lasts.value = ms)}>
                {durationText(ms)}
              </button>
            ))}
            <label class="inline">
              {t('untilField')}
              <input
                type="datetime-local"
                aria-label={t('untilIn', timeZone.value)}
                value={lasts.value === undefined ? end.value : fieldOfInstant(until)}
                onInput={event => {
                  lasts.value = undefined;
                  end.value = event.currentTarget.value;
                }}
              />
            </label>
          </div>
        </fieldset>
        <div class="two">
          <label class="field">
            {t('who')}
            <input
              value={by.value}
              autocomplete="name"
              onInput={event => {
                by.value = event.currentTarget.value;
              }}
            />
          </label>
          <label class="field">
            {t('why')}
            <input
              value={comment.value}
              placeholder={t('whyHint')}
              onInput={event => {
                comment.value = event.currentTarget.value;
              }}
            />
          </label>
        </div>
        {problem.value !== '' && (
          <p class="problem" role="alert">
            {problem.value}
          </p>
        )}
        <div class="choice end">
          <button type="button" onClick={() => dialog.current?.close()}>
            {t('cancel')}
          </button>
          <button type="submit" class="main" disabled={isBusy.value}>
            {t('silenceFor', span)}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** Which labels of the alert have to be the same. */
function Choice({
  labels,
  chosen,
  active,
  choose,
}: {
  labels: Readonly<Record<string, string>>;
  chosen: ReadonlySet<string>;
  active: readonly AlertInstanceView[] | undefined;
  choose: (next: ReadonlySet<string>) => void;
}) {
  const same = (active ?? []).filter(one => [...chosen].every(name => one.labels[name] === labels[name]));
  return (
    <fieldset>
      <legend>{t('silenceWhat')}</legend>
      {ordered(labels).map(([name, value]) => (
        <label key={name} class="check">
          <input
            type="checkbox"
            checked={chosen.has(name)}
            onChange={event => {
              const next = new Set(chosen);
              if (event.currentTarget.checked) next.add(name);
              else next.delete(name);
              choose(next);
            }}
          />
          <span class="mono">
            {clean(name)}=<b>{clean(value)}</b>
          </span>
        </label>
      ))}
      <p class="soft" aria-live="polite">
        {chosen.size === 0 ? t('needsOne') : t('holdsFor', same.length)}
      </p>
    </fieldset>
  );
}

/** The name of the rule first. */
const ordered = (labels: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(labels).toSorted(([a], [b]) => (b === 'alertname' ? 1 : 0) - (a === 'alertname' ? 1 : 0));

function matchersOf(labels: Readonly<Record<string, string>>, chosen: ReadonlySet<string>): object[] {
  return ordered(labels)
    .filter(([name]) => chosen.has(name))
    .map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));
}

/** Ends it now, and says so. */
export async function endSilence(id: string, shared: Shared): Promise<void> {
  try {
    const ended = await ask<SilenceView>(`api/silences/${encodeURIComponent(id)}`, {}, { method: 'DELETE' });
    shared.say(t('silenceEnded', clean(ended.text)));
    shared.changed();
  } catch (error) {
    shared.say((error as ApiError).message);
  }
}
