import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { clean } from '../../base/text.ts';
import { shownTime, timeZone } from '../../base/time.ts';
import { language } from '../../base/words.ts';
import { theme } from '../../shell/theme.ts';
import type { OverTime } from './table.ts';
import { t } from './words.ts';

const HEIGHT = 240;
const COLOURS = ['--info', '--error', '--warn', '--fatal', '--accent', '--debug'];

/** Lines over time. The same numbers stand in the table below. */
export function Picture({ data }: { data: OverTime }) {
  const place = useRef<HTMLDivElement>(null);
  const zone = timeZone.value;
  const colours = theme.value;
  useEffect(() => {
    const box = place.current!;
    const made = new uPlot(
      optionsOf(data, zone, box.clientWidth),
      [data.at.map(ms => ms / 1000), ...data.values.map(line => [...line])],
      box,
    );
    const resized = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height: HEIGHT }));
    resized.observe(box);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, [data, zone, colours, language.value]);
  return <div ref={place} class="picture" role="img" aria-label={t('picture', data.lines.length)} />;
}

function optionsOf({ lines }: OverTime, zone: string, width: number): uPlot.Options {
  const styles = getComputedStyle(document.documentElement);
  const colour = (name: string): string => styles.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
  };
  const isNarrow = width < 500;
  return {
    width,
    height: HEIGHT,
    tzDate: seconds => uPlot.tzDate(new Date(seconds * 1000), zone),
    axes: [
      { ...axis, space: isNarrow ? 90 : 70, values: timeTexts },
      { ...axis, size: 64, values: (_, values) => values.map(short) },
    ],
    scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(high ?? 0, (low ?? 0) + 1)] } },
    series: [
      { label: t('time'), value: (_, seconds) => (seconds === null ? '–' : shownTime(seconds * 1000)) },
      ...lines.map(({ group, metric }, index): uPlot.Series => {
        const stroke = colour(COLOURS[index % COLOURS.length]!);
        const label = clean(
          group === '' ? metric : group === metric ? group : `${group} ${metric === 'count' ? '' : metric}`.trim(),
        );
        return {
          label,
          stroke,
          width: 1.5,
          points: { size: 4 },
          value: (_, value) => (value === null ? '–' : short(value)),
        };
      }),
    ],
  };
}

/** Times of the axis on the clock of the page's zone; a day where one begins. */
function timeTexts(_: uPlot, splits: number[]): string[] {
  return splits.map(seconds => {
    const text = shownTime(seconds * 1000);
    if (text.endsWith('00:00:00')) return text.slice(5, 10);
    return text.endsWith(':00') ? text.slice(11, 16) : text.slice(11);
  });
}

const short = (value: number): string =>
  value.toLocaleString(language.peek(), {
    notation: Math.abs(value) >= 100_000 ? 'compact' : 'standard',
    maximumSignificantDigits: 4,
  });
