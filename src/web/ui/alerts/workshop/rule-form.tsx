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
  const name = useTyped(form?.name ?? '', text => change({ name: text }));
  const query = useTyped(form?.query ?? '', text => change({ query: text }));
  const queryKey = useTyped(form?.queryKey ?? '', text => change({ queryKey: text }));
  const numEvents = useTyped(String(form?.numEvents ?? ''), text => {
    const number = Math.round(Number(text));
    if (number >= 1) change({ numEvents: number });
  });
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
        <input {...name} />
      </label>
      {form.query !== undefined && (
        <label class="field">
          {t('query')}
          <input class="mono" {...query} />
        </label>
      )}
      <div class="sentence">
        <label class="inline">
          {t('atLeast')}
          <input type="number" min="1" {...numEvents} />
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
          <input list="rule-fields" placeholder={t('together')} {...queryKey} />
          <datalist id="rule-fields">
            {fields.value.map(field => (
              <option key={field} value={field} />
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

/** A field that shows what is typed as long as one is in it, also where the rule has it in another form. */
function useTyped(value: string, change: (text: string) => void) {
  const typed = useSignal<string | undefined>(undefined);
  return {
    value: typed.value ?? value,
    spellcheck: false,
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement }): void => {
      typed.value = currentTarget.value;
      change(currentTarget.value);
    },
    onBlur: (): void => {
      typed.value = undefined;
    },
  };
}
