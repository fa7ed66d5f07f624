import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { RuleView } from '../../../../core/api/alerts.ts';
import { ask } from '../../base/api.ts';
import { durationText } from '../../base/time.ts';
import { type RuleForm, readForm } from './rule-text.ts';
import { t } from './words.ts';

const TIMEFRAMES = [60, 300, 600, 900, 1800, 3600, 21_600, 86_400];

/** The few things that most rules differ in, said in a sentence; the text follows, and they follow the text. */
export function RuleFormFields({
  text,
  rules,
  change,
}: {
  text: string;
  rules: readonly RuleView[];
  /** From the text as it is then: two fields may change before the page is drawn anew. */
  change: (part: Partial<RuleForm>) => void;
}) {
  const fields = useSignal<readonly string[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    ask<{ fields: string[] }>('api/fields', {}, { signal: abort.signal }).then(
      answer => {
        fields.value = answer.fields;
      },
      () => {},
    );
    return () => abort.abort();
  }, []);
  const form = readForm(text);
  if (form === undefined) return null;
  const times = TIMEFRAMES.includes(form.timeframeSeconds)
    ? TIMEFRAMES
    : [...TIMEFRAMES, form.timeframeSeconds].filter(Number.isFinite).toSorted((a, b) => a - b);
  const alerters = [
    ...new Set([
      'debug',
      ...(form.alert === undefined ? [] : [form.alert]),
      ...rules.flatMap(rule => rule.alerters.map(({ type }) => type)),
    ]),
  ];
  return (
    <div class="form panel">
      <label class="field">
        {t('name')}
        <input value={form.name} onChange={event => change({ name: event.currentTarget.value })} />
      </label>
      {form.query !== undefined && (
        <label class="field">
          {t('query')}
          <input
            class="mono"
            spellcheck={false}
            value={form.query}
            onChange={event => change({ query: event.currentTarget.value })}
          />
        </label>
      )}
      <div class="sentence">
        <label class="inline">
          {t('atLeast')}
          <input
            type="number"
            min="1"
            value={form.numEvents}
            onChange={event => {
              const number = Math.round(event.currentTarget.valueAsNumber);
              if (number >= 1) change({ numEvents: number });
            }}
          />
        </label>
        <label class="inline">
          {t('eventsIn')}
          <select
            value={form.timeframeSeconds}
            onChange={event => change({ timeframeSeconds: Number(event.currentTarget.value) })}
          >
            {times.map(seconds => (
              <option key={seconds} value={seconds}>
                {durationText(seconds * 1000)}
              </option>
            ))}
          </select>
        </label>
        <label class="inline">
          {t('forEach')}
          <input
            list="rule-fields"
            placeholder={t('together')}
            value={form.queryKey}
            onChange={event => change({ queryKey: event.currentTarget.value })}
          />
          <datalist id="rule-fields">
            {fields.value.map(name => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </label>
        {form.alert !== undefined && (
          <label class="inline">
            {t('tell')}
            <select value={form.alert} onChange={event => change({ alert: event.currentTarget.value })}>
              {alerters.map(type => (
                <option key={type}>{type}</option>
              ))}
            </select>
          </label>
        )}
      </div>
    </div>
  );
}
