import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { HistogramAnswer } from '../../../core/api/search.ts';
import { clean } from '../base/text.ts';
import { count, shownTime, timeZone } from '../base/time.ts';
import { type Bar, seriesOf, totalOf } from './series.ts';
import { countTicks, ticks } from './time-range.ts';
import { t } from './words.ts';

interface Given {
  readonly answer: HistogramAnswer | undefined;
  readonly by: string;
  readonly isOld: boolean;
  /** Epoch milliseconds. */
  zoom(from: number, to: number): void;
}

/** Events over time. A bar, or what is dragged over, narrows the search to its time; also by the keyboard. */
export function Histogram({ answer, by, isOld, zoom }: Given) {
  const chosen = useSignal<{ from: number; to: number } | undefined>(undefined);
  const pointed = useSignal<number | undefined>(undefined);
  const chart = useRef<HTMLDivElement>(null);
  const start = useRef<number | undefined>(undefined);
  if (answer === undefined || answer.buckets.length === 0) return <div class="chart empty" />;
  const { bars } = seriesOf(answer, by);
  const highest = Math.max(1, ...bars.map(bar => bar.count));
  const [first, last] = [bars[0]!, bars.at(-1)!];
  const share = (at: number): string => `${((at - first.at) / (last.to - first.at)) * 100}%`;
  const barAt = (event: PointerEvent): number => {
    const { left, width } = chart.current!.getBoundingClientRect();
    return Math.min(bars.length - 1, Math.max(0, Math.floor(((event.clientX - left) / width) * bars.length)));
  };
  const choose = (a: number, b: number): void => zoom(bars[Math.min(a, b)]!.at, bars[Math.max(a, b)]!.to - 1);
  const mark = (a: number, b: number): void => {
    chosen.value = { from: Math.min(a, b), to: Math.max(a, b) };
  };
  const onKey = (event: KeyboardEvent, index: number): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -bars.length, End: bars.length }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const next = Math.min(bars.length - 1, Math.max(0, index + step));
      if (event.shiftKey) {
        start.current ??= index;
        mark(start.current, next);
      } else {
        start.current = undefined;
        chosen.value = undefined;
      }
      (chart.current!.querySelectorAll('[role=button]')[next] as SVGElement | undefined)?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      const { from, to } = chosen.value ?? { from: index, to: index };
      start.current = undefined;
      chosen.value = undefined;
      choose(from, to);
    }
  };
  const shown = pointed.value === undefined ? undefined : bars[pointed.value];
  const stop = pointed.value ?? bars.length - 1;
  return (
    <div class={isOld ? 'chart old' : 'chart'}>
      <div class="counts" aria-hidden="true">
        {countTicks(highest).map(value => (
          <span key={value} style={{ bottom: `${(value / highest) * 100}%` }}>
            {count(value)}
          </span>
        ))}
      </div>
      <div
        class="bars"
        ref={chart}
        onPointerDown={event => {
          if (event.button !== 0) return;
          // The bar below does not take the focus, and no text is selected.
          event.preventDefault();
          start.current = barAt(event);
          mark(start.current, start.current);
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={event => {
          pointed.value = barAt(event);
          if (start.current !== undefined && event.buttons === 1) mark(start.current, pointed.value);
        }}
        onPointerUp={event => {
          if (start.current === undefined) return;
          const from = start.current;
          start.current = undefined;
          chosen.value = undefined;
          choose(from, barAt(event));
        }}
        onPointerCancel={() => {
          start.current = undefined;
          chosen.value = undefined;
        }}
        onPointerLeave={() => {
          pointed.value = undefined;
        }}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: there is no fieldset in a picture */}
        <svg
          viewBox={`0 0 ${bars.length} 100`}
          preserveAspectRatio="none"
          role="group"
          aria-label={t('overTime', count(totalOf(answer)), by)}
        >
          {bars.map((bar, index) => (
            <BarOf
              key={bar.at}
              bar={bar}
              index={index}
              highest={highest}
              isStop={index === stop}
              onKeyDown={event => onKey(event, index)}
              onFocus={() => {
                pointed.value = index;
              }}
              onBlur={() => {
                pointed.value = undefined;
              }}
            />
          ))}
        </svg>
        {chosen.value !== undefined && (
          <div
            class="dragged"
            style={{
              left: share(bars[chosen.value.from]!.at),
              right: `${100 - Number.parseFloat(share(bars[chosen.value.to]!.to))}%`,
            }}
          />
        )}
        {shown !== undefined && (
          <div
            class="tip"
            aria-hidden="true"
            style={
              shown.at - first.at < (last.to - first.at) / 2
                ? { left: share(shown.to) }
                : { right: `${100 - Number.parseFloat(share(shown.at))}%` }
            }
          >
            <b>{spanText(shown)}</b>
            {[...shown.parts].reverse().map(part => (
              <span key={part.series.tone} class={part.series.tone}>
                {clean(part.series.value ?? t('others'))} {count(part.count)}
              </span>
            ))}
            {shown.parts.length === 0 && <span>0</span>}
          </div>
        )}
      </div>
      <Axis first={first} last={last} share={share} />
    </div>
  );
}

function Axis({ first, last, share }: { first: Bar; last: Bar; share: (at: number) => string }) {
  const edge = (last.to - first.at) * 0.02;
  const found = ticks(first.at + edge, last.to - edge, 8, timeZone.value);
  const isLong = last.to - first.at > 2 * 86_400_000;
  return (
    <div class="axis" aria-hidden="true">
      {found.map(at => {
        const text = shownTime(at);
        const isMidnight = text.endsWith('00:00:00');
        const shown = isMidnight
          ? text.slice(5, 10)
          : isLong
            ? text.slice(5, 16)
            : text.endsWith(':00')
              ? text.slice(11, 16)
              : text.slice(11);
        return (
          <span key={at} style={{ left: share(at) }}>
            {shown}
          </span>
        );
      })}
    </div>
  );
}

interface BarGiven {
  readonly bar: Bar;
  readonly index: number;
  readonly highest: number;
  readonly isStop: boolean;
  onKeyDown(event: KeyboardEvent): void;
  onFocus(): void;
  onBlur(): void;
}

function BarOf({ bar, index, highest, isStop, onKeyDown, onFocus, onBlur }: BarGiven) {
  let top = 100;
  const details = [...bar.parts]
    .reverse()
    .map(part => `${clean(part.series.value ?? t('others'))} ${count(part.count)}`)
    .join(', ');
  return (
    // A bar is a shape: HTML has no button inside of a picture.
    // biome-ignore lint/a11y/useSemanticElements: there is no button in SVG
    <g
      role="button"
      tabIndex={isStop ? 0 : -1}
      aria-label={`${spanText(bar)}: ${t('events', count(bar.count))}${details === '' ? '' : `: ${details}`}`}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
      onBlur={onBlur}
    >
      <rect class="area" x={index} y={0} width={1} height={100} />
      {bar.parts.map(({ series, count: number }) => {
        const height = (number / highest) * 100;
        top -= height;
        return <rect key={series.tone} class={series.tone} x={index + 0.08} y={top} width={0.84} height={height} />;
      })}
    </g>
  );
}

function spanText({ at, to }: Bar): string {
  const [from, until] = [shownTime(at, (to - at) % 1000 !== 0), shownTime(to, (to - at) % 1000 !== 0)];
  return `${from} – ${from.slice(0, 10) === until.slice(0, 10) ? until.slice(11) : until}`;
}
