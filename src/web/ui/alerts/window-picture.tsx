import type { RuleWindowView } from '../../../core/api/alerts.ts';
import type { StatsAnswer } from '../../../core/api/search.ts';
import { Bars } from '../base/bars.tsx';
import { usePolled } from '../base/polled.ts';
import { clean } from '../base/text.ts';
import { count, durationText } from '../base/time.ts';
import { boundText } from './parts.tsx';
import { t } from './words.ts';

const WINDOWS = 30;
const MOST_KEYS = 6;
const EVERY_MS = 10_000;
/** Of a type without a window. */
const HOUR_MS = 3_600_000;

/** What the rule counted lately, a bar for each window, beside the bound that it must not cross. */
export function WindowPicture({ window }: { window: RuleWindowView }) {
  const { query, key, metric = 'count', timeframe_ms, at_least, above, below } = window;
  const seconds = Math.max(1, Math.ceil((timeframe_ms || HOUR_MS) / 1000));
  const polled = usePolled<StatsAnswer>(
    query === undefined ? undefined : 'api/stats',
    {
      query,
      metrics: metric,
      interval: `${seconds}s`,
      from: `now-${seconds * WINDOWS}s`,
      to: 'now',
      ...(key.length === 0 ? {} : { by: key.map(quoted).join(','), limit: MOST_KEYS }),
    },
    EVERY_MS,
  );
  if (query === undefined) return null;
  const answer = polled.data.value;
  const bound = at_least ?? above ?? below;
  const step = durationText(seconds * 1000);
  return (
    <section class="panel windows" aria-label={t('lately')}>
      <h4>{t('lately')}</h4>
      <p class="soft">
        {t('eachBar', step)} {bound !== undefined && t('lineIs', boundText(window))}
      </p>
      {polled.error.value !== undefined && <p class="problem">{polled.error.value.message}</p>}
      {answer === undefined && polled.error.value === undefined && <p class="note">{t('loading')}</p>}
      {answer !== undefined && answer.events === 0 && (
        <p class="soft">{t('nothingLately', durationText(seconds * WINDOWS * 1000))}</p>
      )}
      {answer !== undefined &&
        linesOf(answer, metric).map(({ name, values }) => (
          <Line
            key={name}
            name={name}
            values={values}
            bound={bound}
            isLow={at_least === undefined && above === undefined}
          />
        ))}
    </section>
  );
}

function Line({
  name,
  values,
  bound,
  isLow,
}: {
  name: string;
  values: number[];
  bound: number | undefined;
  isLow: boolean;
}) {
  const last = values.at(-1) ?? 0;
  const highest = Math.max(0, ...values);
  const isBeyond = bound !== undefined && !isLow && highest >= bound;
  const shown = clean(name) || t('allTogether');
  return (
    <div class={isBeyond ? 'line beyond' : 'line'}>
      <span class="mono">{shown}</span>
      <Bars values={values} bound={bound} label={t('picture', shown, count(last), count(highest))} />
      <span>{t('lastAndMost', count(round(last)), count(round(highest)))}</span>
    </div>
  );
}

function linesOf({ rows, events }: StatsAnswer, metric: string): { name: string; values: number[] }[] {
  if (events === 0) return [];
  const lines = new Map<string, Map<string, number>>();
  const times = new Set<string>();
  for (const { at = '', by = {}, values } of rows) {
    const name = Object.values(by).join(', ');
    times.add(at);
    const line = lines.get(name) ?? new Map<string, number>();
    line.set(at, Object.values(values)[0] ?? values[metric] ?? 0);
    lines.set(name, line);
  }
  const all = [...times].sort();
  return [...lines].map(([name, line]) => ({ name, values: all.map(at => line.get(at) ?? 0) }));
}

const quoted = (name: string): string => (/^[\w@.-]+$/.test(name) ? name : JSON.stringify(name));
const round = (value: number): number => Math.round(value * 100) / 100;
