import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { GrokParts, ParsedLine } from '../../../core/api/parse.ts';
import { clean } from '../base/text.ts';
import { count } from '../base/time.ts';
import { piecesOf } from './pieces.ts';
import { t } from './words.ts';
import { isTrouble, workbench } from './workbench.ts';

/** The lines, coloured as patterns see them. */
export function LineList() {
  const { answer, lines, busy, selected, changedLines, source } = workbench;
  const onlyTrouble = useSignal(false);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-pressed=true]')?.scrollIntoView({ block: 'nearest' });
  }, [selected.value]);
  const results = answer.value?.results ?? [];
  const failed = results.filter(isTrouble);
  if (results.length === 0) {
    const isAsked = answer.value !== undefined && source.value.kind === 'stored';
    return <p class="note">{busy.value ? t('trying') : t(isAsked ? 'noLines' : 'empty')}</p>;
  }
  const shown = onlyTrouble.value ? failed : results;
  return (
    <>
      <p class="inline soft">
        <span role="status">{t('counts', count(lines.value.length), count(failed.length))}</span>
        {failed.length > 0 && failed.length < results.length && (
          <label>
            <input
              type="checkbox"
              checked={onlyTrouble.value}
              onChange={event => {
                onlyTrouble.value = event.currentTarget.checked;
              }}
            />{' '}
            {t('onlyTrouble')}
          </label>
        )}
        {busy.value && <span>{t('trying')}</span>}
      </p>
      <ol class="lines" ref={list} aria-label={t('lines')}>
        {shown.map(result => {
          const first = result.lines[0] ?? 0;
          const isChanged = result.lines.some(line => changedLines.value.has(line));
          return (
            <li key={first}>
              <button
                type="button"
                class={`row ${stateOf(result)}`}
                aria-pressed={selected.value === first}
                onClick={() => {
                  selected.value = first;
                }}
              >
                <span class="state" title={t(stateOf(result))}>
                  <span class="hidden-text">{t(stateOf(result))} </span>
                </span>
                <Line parts={lookedAt(result, lines.value)} />
                <span class="tags">
                  {isChanged && (
                    <span class="delta" title={t('changed')}>
                      Δ<span class="hidden-text"> {t('changed')}</span>
                    </span>
                  )}
                  {result.lines.length > 1 && t('joined', result.lines.length)}
                  {result.pipeline !== null && ` ${clean(result.pipeline)}`}
                </span>
              </button>
            </li>
          );
        })}
      </ol>
    </>
  );
}

export function stateOf(result: ParsedLine): 'parsed' | 'failed' | 'dropped' | 'untaken' {
  if (result.event === null) return 'dropped';
  if (result.event['pipeline_error'] !== undefined) return 'failed';
  return result.pipeline === null ? 'untaken' : 'parsed';
}

/** The grok that saw the whole line, or the first one. */
export function lookedAt({ parts = [], lines: numbers }: ParsedLine, lines: readonly string[]): GrokParts {
  const text = numbers.map(number => lines[number - 1] ?? '').join('\n');
  const whole = parts.filter(part => part.text === text);
  return whole.find(({ match }) => match !== undefined) ?? whole[0] ?? { where: '', text };
}

export function Line({ parts }: { parts: GrokParts }) {
  const fields = [...new Set(parts.match?.captures.map(({ field }) => field))];
  const isMissed = parts.mismatch !== undefined;
  return (
    <span class={isMissed ? 'line missed' : 'line'}>
      {piecesOf(parts).map(({ text, kind, field }, i) => (
        <span
          key={i}
          class={kind === 'capture' ? `capture hue${fields.indexOf(field!) % 6}` : kind}
          title={field === undefined ? undefined : clean(field)}
        >
          {clean(text)}
        </span>
      ))}
    </span>
  );
}

export function moveSelection(by: number): void {
  const results = workbench.answer.value?.results ?? [];
  const at = results.findIndex(({ lines }) => lines[0] === workbench.selected.value);
  const next = results[Math.min(results.length - 1, Math.max(0, at + by))];
  if (next !== undefined) workbench.selected.value = next.lines[0];
}
