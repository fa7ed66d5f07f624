import { useSignal } from '@preact/signals';
import type { GrokParts, ParseChange, ParsedLine, ParseStep } from '../../../core/api/parse.ts';
import { copyText } from '../base/copy.ts';
import { clean, cleanLine } from '../base/text.ts';
import { Line, lookedAt, stateOf } from './line-list.tsx';
import { Suggestions } from './suggestions.tsx';
import { t } from './words.ts';
import { workbench } from './workbench.ts';
import { withTest } from './yaml-edits.ts';

/** One line: each step with what it did, and the document that comes out. */
export function Details() {
  const result = workbench.current.value;
  const showsResult = useSignal(false);
  if (result === undefined) return null;
  const parts = lookedAt(result, workbench.lines.value);
  const missed = result.parts?.find(({ mismatch }) => mismatch !== undefined);
  return (
    <section class="panel details" aria-label={t('details')}>
      <p class="whole mono">
        <Line parts={parts} />
      </p>
      {parts.match !== undefined && <Legend parts={parts} />}
      {missed !== undefined && stateOf(result) === 'failed' && <Missed parts={missed} />}
      <div class="tabs">
        <button type="button" aria-pressed={!showsResult.value} onClick={() => (showsResult.value = false)}>
          {t('steps')}
        </button>
        <button type="button" aria-pressed={showsResult.value} onClick={() => (showsResult.value = true)}>
          {t('result')}
        </button>
        <Actions result={result} />
      </div>
      <Suggestions />
      {showsResult.value ? (
        <pre class="document">{result.event === null ? t('dropped') : clean(result.event)}</pre>
      ) : (
        <Steps result={result} />
      )}
    </section>
  );
}

function Legend({ parts: { text, match } }: { parts: GrokParts }) {
  const fields = [...new Set(match?.captures.map(({ field }) => field))];
  return (
    <ul class="legend">
      {fields.map((field, i) => {
        const { start, end } = match!.captures.find(one => one.field === field)!;
        return (
          <li key={field}>
            <span class={`capture hue${i % 6}`}>{clean(field)}</span> <code>{clean(text.slice(start, end))}</code>
          </li>
        );
      })}
    </ul>
  );
}

function Missed({ parts: { mismatch } }: { parts: GrokParts }) {
  const { end, wanted } = mismatch!;
  const what = wanted === undefined ? t('theEnd') : clean(wanted);
  return <p class="why">{t(end === 0 ? 'fitsNot' : 'fits', what)}</p>;
}

function Actions({ result }: { result: ParsedLine }) {
  const { file, text, said } = workbench;
  const state = stateOf(result);
  const keep = (): void => {
    const line = workbench.lines.value[(result.lines[0] ?? 1) - 1] ?? '';
    const changed = withTest(text.value, line, foundIn(result));
    if (changed === undefined) return void copyText(line);
    text.value = changed;
    said.value = t('testKept');
  };
  const ask = async (): Promise<void> => {
    const failing = (workbench.answer.value?.results ?? []).filter(one => stateOf(one) === state);
    const texts = failing.map(one => lookedAt(one, workbench.lines.value).text);
    workbench.suggestions.value = await workbench.suggest([...new Set(texts)]);
  };
  return (
    <span class="ends">
      {(state === 'failed' || state === 'untaken') && (
        <button type="button" onClick={() => void ask()}>
          {t('suggest')}
        </button>
      )}
      {state === 'parsed' && file.value !== undefined && result.lines.length === 1 && (
        <button type="button" onClick={keep}>
          {t('asTest')}
        </button>
      )}
    </span>
  );
}

/** What pipelines found in a line. */
function foundIn({ trace, event }: ParsedLine): Record<string, unknown> {
  const fields = new Set<string>();
  const visit = (steps: readonly ParseStep[]): void => {
    for (const step of steps) {
      for (const { field, kind } of step.changes)
        if (kind !== 'removed' && !field.startsWith('_')) fields.add(field.split('.')[0]!);
      visit(step.steps);
    }
  };
  for (const { steps } of trace?.pipelines ?? []) visit(steps);
  const found = Object.entries(event ?? {}).filter(([name]) => fields.has(name) && name !== '@timestamp');
  return Object.fromEntries(found);
}

function Steps({ result: { trace } }: { result: ParsedLine }) {
  if (trace === undefined) return <p class="note">{t('trying')}</p>;
  const refused = trace.asked.filter(({ isTaken }) => !isTaken);
  return (
    <div class="steps">
      {trace.pipelines.length === 0 && <p>{t('noStep')}</p>}
      {refused.length > 0 && (
        <details>
          <summary>{t('asked', refused.length)}</summary>
          <ul>
            {refused.map(({ where, pipeline, why }) => (
              <li key={where}>
                <b>{clean(pipeline)}</b>{' '}
                {why !== undefined && (
                  <span class="soft">
                    {clean(why.name)}: {cleanLine(why.value ?? '-')} ≠ {clean(why.wanted)}
                  </span>
                )}
              </li>
            ))}
          </ul>
        </details>
      )}
      {trace.pipelines.map(({ pipeline, steps, took_us }, i) => (
        <div key={i}>
          <h3>
            {clean(pipeline)} <span class="soft">{t('took', microseconds(took_us))}</span>
          </h3>
          <StepList steps={steps} />
        </div>
      ))}
      {trace.automatic.length > 0 && <Changes title={t('automatic')} changes={trace.automatic} />}
      {trace.schema.length > 0 && <Changes title={t('schema')} changes={trace.schema} />}
    </div>
  );
}

function StepList({ steps }: { steps: readonly ParseStep[] }) {
  return (
    <ol>
      {steps.map((step, i) => (
        <li key={i} class={`step ${step.status}`}>
          <div class="head">
            <b>
              {step.role === 'handler' && `${t('onFailure')}: `}
              {clean(step.type)}
              {step.tag !== undefined && ` (${clean(step.tag)})`}
            </b>
            <span class="soft">{t('line', /:(\d+)$/.exec(step.where)?.[1] ?? '?')}</span>
            <span class="status">{t(step.status)}</span>
            {step.status !== 'skipped' && <span class="soft us">{t('took', microseconds(step.took_us))}</span>}
          </div>
          {step.condition !== undefined && (
            <p class="soft">
              if <code>{clean(step.condition.text)}</code>:{' '}
              {step.condition.holds === undefined ? t('failure') : t(step.condition.holds ? 'holds' : 'holdsNot')}
            </p>
          )}
          {step.failure !== undefined && <p class="why">{clean(step.failure)}</p>}
          {step.grok !== undefined && (
            <ul class="patterns">
              {step.grok.patterns.map(({ pattern, outcome, took_us }, n) => (
                <li key={n} class={outcome}>
                  <code>{clean(pattern)}</code>{' '}
                  <span class="soft">
                    {t(outcome === 'match' || outcome === 'time_limit' ? outcome : 'no_match')},{' '}
                    {t('took', microseconds(took_us))}
                  </span>
                </li>
              ))}
            </ul>
          )}
          <ChangeList changes={step.changes} />
          {step.steps.length > 0 && <StepList steps={step.steps} />}
        </li>
      ))}
    </ol>
  );
}

function Changes({ title, changes }: { title: string; changes: readonly ParseChange[] }) {
  return (
    <div>
      <h3>{title}</h3>
      <ChangeList changes={changes} />
    </div>
  );
}

const SIGNS = { added: '+', changed: '~', removed: '−' };

function ChangeList({ changes }: { changes: readonly ParseChange[] }) {
  if (changes.length === 0) return null;
  return (
    <ul class="changes">
      {changes.map(({ field, kind, before, after }) => (
        <li key={field} class={kind}>
          <span aria-hidden="true">{SIGNS[kind]}</span> <b>{clean(field)}</b>{' '}
          {kind !== 'added' && <del>{cleanLine(before)}</del>} {kind !== 'removed' && <code>{cleanLine(after)}</code>}
        </li>
      ))}
    </ul>
  );
}

export const microseconds = (us: number): string => (us < 10 ? us.toFixed(1) : Math.round(us).toLocaleString('en'));
