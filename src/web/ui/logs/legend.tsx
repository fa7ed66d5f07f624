import { useSignal } from '@preact/signals';
import type { HistogramAnswer } from '../../../core/api/search.ts';
import { LEVELS } from '../base/levels.ts';
import { clean } from '../base/text.ts';
import type { Search } from './search-state.ts';
import { seriesOf } from './series.ts';
import { change, narrow, toggleLevel } from './state.ts';
import { fieldNames } from './suggestions.ts';
import { t } from './words.ts';

const USUAL = ['level', 'service', 'container_name', 'hostname', 'stream'];

/** What the colours stand for: each chooses its events; and what the bars are split by. */
export function Legend({ search, answer }: { search: Search; answer: HistogramAnswer | undefined }) {
  const { by, levels } = search;
  return (
    <>
      <fieldset id="levels" aria-label={t('levels')}>
        {LEVELS.map(level => (
          <button
            key={level}
            type="button"
            class={`chip ${by === 'level' ? level : 'plain'}`}
            aria-pressed={levels.includes(level)}
            onClick={() => toggleLevel(level)}
          >
            {level}
          </button>
        ))}
      </fieldset>
      <SplitBy by={by} />
      {by !== 'level' && answer !== undefined && (
        <fieldset class="series" aria-label={t('splitField', clean(by))}>
          {seriesOf(answer, by).series.map(({ value, tone }) =>
            value === undefined ? (
              <span key={tone} class={`chip ${tone}`}>
                {t('others')}
              </span>
            ) : (
              <button
                key={tone}
                type="button"
                class={`chip ${tone}`}
                title={t('only', clean(by))}
                onClick={() => narrow('for', by, value)}
              >
                {clean(value)}
              </button>
            ),
          )}
        </fieldset>
      )}
    </>
  );
}

function SplitBy({ by }: { by: string }) {
  const names = useSignal<readonly string[]>([]);
  const load = (): void => {
    fieldNames().then(
      found => {
        names.value = found;
      },
      () => undefined,
    );
  };
  const others = names.value.filter(
    name => !USUAL.includes(name) && name !== by && name !== '@timestamp' && name !== 'message',
  );
  return (
    <select
      class="split"
      aria-label={t('splitBy')}
      value={by}
      onFocus={load}
      onPointerDown={load}
      onChange={event => change({ by: event.currentTarget.value })}
    >
      {[...new Set([...USUAL, by]), ...others].map(name => (
        <option key={name} value={name}>
          {t('splitField', clean(name))}
        </option>
      ))}
    </select>
  );
}
