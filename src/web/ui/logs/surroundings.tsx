import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { ContextAnswer } from '../../../core/api/search.ts';
import { ask } from '../base/api.ts';
import { levelClass } from '../base/levels.ts';
import { clean } from '../base/text.ts';
import { shownTime } from '../base/time.ts';
import { Copy, type FieldActions } from './event-fields.tsx';
import { fieldTerm, markPattern } from './query-text.ts';
import type { Hit } from './results.ts';
import { Row } from './rows.tsx';
import { fullQuery, type Search } from './search-state.ts';
import { addressOf, change, search as searched } from './state.ts';
import { t } from './words.ts';

const FIRST = 25;
const STEP = 75;
const MOST = 500;
/** The time around an event when it is searched, milliseconds. */
const AROUND_MS = 60_000;

/** What was said around one event: by its container, or by all. */
export function Surroundings({ search, actions }: { search: Search; actions: FieldActions }) {
  const { event: id = '', at, scope } = search;
  const answer = useSignal<ContextAnswer | undefined>(undefined);
  const problem = useSignal('');
  const before = useSignal(FIRST);
  const after = useSignal(FIRST);
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef('');
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const [wantsBefore, wantsAfter] = [before.value, after.value];
  useEffect(() => {
    const abort = new AbortController();
    const params = { id, time: at, before: wantsBefore, after: wantsAfter, scope };
    ask<ContextAnswer>('api/context', params, { signal: abort.signal }).then(
      found => {
        answer.value = found;
        problem.value = '';
      },
      (error: Error) => {
        if (!abort.signal.aborted) problem.value = error.message;
      },
    );
    return () => abort.abort();
  }, [id, at, scope, wantsBefore, wantsAfter, answer, problem]);
  const found = answer.value;
  useEffect(() => {
    // Once a place, not when more is read.
    const place = `${id} ${scope}`;
    if (found === undefined || shown.current === place) return;
    shown.current = place;
    document.querySelector('#hits .this')?.scrollIntoView({ block: 'center' });
  }, [found, id, scope]);
  return (
    <section class="surroundings" aria-labelledby="around-title">
      <div class="around-bar">
        <button type="button" onClick={() => change({ event: undefined, at: undefined, scope: 'container' })}>
          ← {t('backToSearch')}
        </button>
        <h2 id="around-title" ref={heading} tabIndex={-1}>
          {found === undefined ? t('context') : t('around', shownTime(found.event['@timestamp'], true), placeOf(found))}
        </h2>
        <fieldset class="choice" aria-label={t('whose')}>
          {(['container', 'all'] as const).map(each => (
            <button
              key={each}
              type="button"
              aria-pressed={scope === each}
              onClick={() => change({ scope: each }, true)}
            >
              {t(each === 'all' ? 'allContainers' : 'thisContainer')}
            </button>
          ))}
        </fieldset>
        <Copy text={() => addressOf(searched.peek())} label={t('copyLink')} />
        {found !== undefined && (
          <button type="button" onClick={() => asSearch(search, found)}>
            {t('searchAround')}
          </button>
        )}
      </div>
      {problem.value !== '' && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {found === undefined && problem.value === '' && <p class="note">{t('loading')}</p>}
      {found !== undefined && (
        <div class="found panel">
          <More found={found.before} wanted={before} label={t('moreBefore')} none={t('nothingBefore')} />
          <ol id="hits" class="rows still compact" aria-label={t('list')}>
            {[...found.before, found.event, ...found.after].map(hit => (
              <Line key={hit._id} hit={hit} isThis={hit === found.event} query={fullQuery(search)} actions={actions} />
            ))}
          </ol>
          <More found={found.after} wanted={after} label={t('moreAfter')} none={t('nothingAfter')} />
        </div>
      )}
    </section>
  );
}

interface LineGiven {
  readonly hit: Hit;
  readonly isThis: boolean;
  readonly query: string;
  readonly actions: FieldActions;
}

function Line({ hit, isThis, query, actions }: LineGiven) {
  return (
    <li class={`${levelClass(hit.level)}${isThis ? ' this' : ''}`} aria-current={isThis ? 'true' : undefined}>
      <Row hit={hit} pattern={markPattern(query)} columns={[]} actions={actions} />
    </li>
  );
}

interface MoreGiven {
  readonly found: readonly Hit[];
  readonly wanted: { value: number };
  readonly label: string;
  readonly none: string;
}

function More({ found, wanted, label, none }: MoreGiven) {
  if (found.length < Math.min(wanted.value, FIRST)) return <p class="note end">{none}</p>;
  return (
    <button
      type="button"
      class="more"
      disabled={wanted.value >= MOST}
      onClick={() => {
        wanted.value = Math.min(MOST, wanted.value + STEP);
      }}
    >
      {label}
    </button>
  );
}

const placeOf = ({ same, event }: ContextAnswer): string =>
  Object.keys(same).length === 0 ? '' : clean(event.container_name ?? event.service ?? Object.values(same)[0] ?? '');

/** The minute before and after it as a search of its own. */
function asSearch(search: Search, { same, event }: ContextAnswer): void {
  const at = Date.parse(event['@timestamp']);
  const query = Object.entries(same)
    .map(([name, value]) => `${fieldTerm(name)}:"${value.replace(/[\\"]/g, '\\$&')}"`)
    .join(' AND ');
  change({
    ...search,
    query,
    levels: [],
    from: new Date(at - AROUND_MS).toISOString(),
    to: new Date(at + AROUND_MS).toISOString(),
    event: undefined,
    at: undefined,
    scope: 'container',
  });
}
