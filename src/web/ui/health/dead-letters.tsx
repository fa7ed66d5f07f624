import { batch, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { DeadLetterList, DeadLetterSummary, DiscardAnswer, ReplayAnswer } from '../../../core/api/dead-letters.ts';
import { ask } from '../base/api.ts';
import { clean } from '../base/text.ts';
import { count, shownTime } from '../base/time.ts';
import { Letter } from './letter.tsx';
import { Sure, type SureQuestion } from './sure.tsx';
import { t } from './words.ts';

const STATUSES = ['open', 'replaying', 'replayed', 'discarded', 'any'] as const;
const PAGE = 50;

/** Events that the store refused for good: why, and what to do. `open`: as of now; where the list has another number, it is asked for anew. */
export function DeadLetters({ open }: { open: number | undefined }) {
  const list = useSignal<DeadLetterList | undefined>(undefined);
  const letters = useSignal<readonly DeadLetterSummary[]>([]);
  const type = useSignal('');
  const status = useSignal<(typeof STATUSES)[number]>('open');
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const opened = useSignal<string | undefined>(undefined);
  const problem = useSignal('');
  const said = useSignal('');
  const sure = useSignal<SureQuestion | undefined>(undefined);
  const turn = useSignal(0);

  const load = async (cursor: string | undefined, signal?: AbortSignal): Promise<void> => {
    try {
      const params = { type: type.value, status: status.value, size: PAGE, cursor };
      const answer = await ask<DeadLetterList>('api/dead-letters', params, signal === undefined ? {} : { signal });
      batch(() => {
        list.value = answer;
        letters.value = cursor === undefined ? answer.letters : [...letters.value, ...answer.letters];
        problem.value = '';
        const there = new Set(letters.value.map(({ id }) => id));
        chosen.value = new Set([...chosen.value].filter(id => there.has(id)));
      });
    } catch (error) {
      if (signal?.aborted !== true) problem.value = String((error as Error).message);
    }
  };
  useEffect(() => {
    const abort = new AbortController();
    void load(undefined, abort.signal);
    return () => abort.abort();
  }, [type.value, status.value, turn.value]);
  useEffect(() => {
    // The first list is asked for beside the number, not behind it.
    const known = list.peek()?.open;
    if (open !== undefined && known !== undefined && known !== open) turn.value++;
  }, [open]);

  const send = async (selection: Selection, what: 'replay' | 'discard', asIs: boolean): Promise<void> => {
    sure.value = undefined;
    try {
      said.value = await (what === 'discard' ? discard(selection) : replay(selection, asIs));
      problem.value = '';
      opened.value = undefined;
    } catch (error) {
      problem.value = String((error as Error).message);
    }
    batch(() => {
      chosen.value = new Set();
      turn.value++;
    });
  };
  const askFirst = (selection: Selection, n: number, what: 'replay' | 'discard', asIs = false): void => {
    sure.value = {
      text: t(asIs ? 'asIsSure' : what === 'replay' ? 'replaySure' : 'discardSure', t('lettersN', n, count(n))),
      action: t(asIs ? 'asIs' : what),
      run: () => void send(selection, what, asIs),
    };
  };
  const toggle = (id: string): void => {
    const next = new Set(chosen.value);
    if (!next.delete(id)) next.add(id);
    chosen.value = next;
  };
  const types = (list.value?.types ?? []).filter(one => status.value !== 'open' || one.open > 0);
  const isEmpty = list.value !== undefined && letters.value.length === 0;
  const isChoosable = status.value === 'open' || status.value === 'any';
  const ids = [...chosen.value];
  const all = types.filter(one => type.value === '' || one.type === type.value).reduce((sum, one) => sum + one.open, 0);
  const ofAll: Selection = type.value === '' ? { all: true } : { type: type.value };
  return (
    <section class="panel letters" aria-label={t('deadLetters')}>
      <h3>{t('deadLetters')}</h3>
      <p class="soft">{t('why')}</p>
      {problem.value !== '' && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      <p role="status" class={said.value === '' ? 'hidden-text' : 'said'}>
        {said.value}
      </p>
      <div class="choices-bar">
        {types.length > 0 && (
          <fieldset class="types">
            <legend class="hidden-text">{t('type')}</legend>
            <button type="button" aria-pressed={type.value === ''} onClick={() => (type.value = '')}>
              {t('allTypes')}
            </button>
            {types.map(one => (
              <button
                key={one.type}
                type="button"
                aria-pressed={type.value === one.type}
                onClick={() => (type.value = one.type)}
              >
                {clean(one.type)} <b>{count(one.open)}</b>
              </button>
            ))}
          </fieldset>
        )}
        <label>
          {t('status')}{' '}
          <select
            value={status.value}
            onChange={event => {
              status.value = event.currentTarget.value as (typeof STATUSES)[number];
            }}
          >
            {STATUSES.map(name => (
              <option key={name} value={name}>
                {t(name)}
              </option>
            ))}
          </select>
        </label>
        {ids.length > 0 && (
          <span class="acts">
            <span>{t('chosen', count(ids.length))}</span>
            <button type="button" class="main" onClick={() => askFirst({ ids }, ids.length, 'replay')}>
              {t('replay')}
            </button>
            <button type="button" onClick={() => askFirst({ ids }, ids.length, 'discard')}>
              {t('discard')}
            </button>
          </span>
        )}
        {ids.length === 0 && status.value === 'open' && all > 1 && (
          <span class="acts">
            <button type="button" onClick={() => askFirst(ofAll, all, 'replay')}>
              {t('replayAll', count(all))}
            </button>
            <button type="button" onClick={() => askFirst(ofAll, all, 'discard')}>
              {t('discardAll', count(all))}
            </button>
          </span>
        )}
      </div>
      {isEmpty && <p class="note">{t(status.value === 'open' && type.value === '' ? 'noLetters' : 'noneOfThese')}</p>}
      {letters.value.length > 0 && (
        <div class="scrolls">
          <table>
            <thead>
              <tr>
                <th>
                  {isChoosable && (
                    <input
                      type="checkbox"
                      aria-label={t('chooseAll')}
                      checked={letters.value.every(one => one.status !== 'open' || chosen.value.has(one.id))}
                      onChange={event => {
                        const all = letters.value.filter(one => one.status === 'open').map(({ id }) => id);
                        chosen.value = new Set(event.currentTarget.checked ? all : []);
                      }}
                    />
                  )}
                </th>
                <th>{t('at')}</th>
                <th>{t('container')}</th>
                <th>{t('type')}</th>
                <th>{t('original')}</th>
              </tr>
            </thead>
            <tbody>
              {letters.value.map(letter => (
                <Row
                  key={letter.id}
                  letter={letter}
                  isChosen={chosen.value.has(letter.id)}
                  isOpen={opened.value === letter.id}
                  toggle={() => toggle(letter.id)}
                  open={() => {
                    opened.value = opened.value === letter.id ? undefined : letter.id;
                  }}
                  act={(what, asIs) => askFirst({ ids: [letter.id] }, 1, what, asIs)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {list.value?.cursor !== undefined && (
        <button type="button" onClick={() => void load(list.value?.cursor)}>
          {t('more')}
        </button>
      )}
      {sure.value !== undefined && <Sure question={sure.value} close={() => (sure.value = undefined)} />}
    </section>
  );
}

/** Without ids: all open ones of that type, or of any. */
interface Selection {
  readonly ids?: readonly string[];
  readonly type?: string;
  readonly all?: true;
}

/** One request does so many as it can; the cursor goes on where it ended. */
async function* done<T extends { cursor?: string }>(path: string, body: object): AsyncGenerator<T> {
  let cursor: string | undefined;
  do {
    const answer: T = await ask<T>(path, {}, { method: 'POST', body: { ...body, ...(cursor && { cursor }) } });
    yield answer;
    cursor = answer.cursor;
  } while (cursor !== undefined);
}

async function discard(selection: Selection): Promise<string> {
  let all = 0;
  for await (const { discarded } of done<DiscardAnswer>('api/dead-letters/discard', selection)) all += discarded;
  return t('discardedN', count(all));
}

async function replay(selection: Selection, asIs: boolean): Promise<string> {
  let [replayed, dropped, skipped, differ] = [0, 0, 0, false];
  const reasons = new Set<string>();
  for await (const answer of done<ReplayAnswer>('api/dead-letters/replay', { ...selection, as_is: asIs })) {
    replayed += answer.replayed;
    dropped += answer.dropped;
    skipped += answer.skipped.length;
    differ ||= answer.files_differ;
    for (const { why } of answer.skipped) if (reasons.size < 3) reasons.add(clean(why));
  }
  const told = t('replayedN', count(replayed), count(dropped), count(skipped));
  return [told, ...reasons, ...(differ ? [t('filesDiffer')] : [])].join(' ');
}

interface RowProps {
  readonly letter: DeadLetterSummary;
  readonly isChosen: boolean;
  readonly isOpen: boolean;
  toggle(): void;
  open(): void;
  act(what: 'replay' | 'discard', asIs?: boolean): void;
}

function Row({ letter, isChosen, isOpen, toggle, open, act }: RowProps) {
  const { id, at, container, type, reason, excerpt, status, events } = letter;
  return (
    <>
      <tr class={isOpen ? 'opened' : ''}>
        <td>
          {status === 'open' && (
            <input
              type="checkbox"
              checked={isChosen}
              aria-label={t('choose', clean(excerpt).slice(0, 80))}
              onChange={toggle}
            />
          )}
        </td>
        <td class="when">{shownTime(at)}</td>
        <td>{clean(container)}</td>
        <td>
          <b>{clean(type)}</b>
          {status !== 'open' && ` (${t(status)})`}
          {events > 1 && ` × ${count(events)}`}
          <div class="soft small">{clean(reason)}</div>
        </td>
        <td>
          <button type="button" class="excerpt mono" aria-expanded={isOpen} onClick={open}>
            {clean(excerpt)}
          </button>
        </td>
      </tr>
      {isOpen && (
        <tr>
          <td colSpan={5} class="opened">
            <Letter id={id} act={act} />
          </td>
        </tr>
      )}
    </>
  );
}
