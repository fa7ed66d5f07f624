import './bars.css';

interface BarsProps {
  /** From left to right. */
  readonly values: readonly number[];
  /** A part of each value, in another colour in front of it. */
  readonly parts?: readonly number[] | undefined;
  /** A line across; where it lies above all values the picture goes up to it. */
  readonly bound?: number | undefined;
  /** The height of the picture; undefined: the highest value. */
  readonly highest?: number | undefined;
  /** What it says, for who does not see it. */
  readonly label: string;
  readonly class?: string;
}

const HEIGHT = 100;
const LEAST = 4;

/** A small picture of numbers over time. Two paths, however many bars: a list may have hundreds of them. */
export function Bars({ values, parts, bound, highest, label, class: name = '' }: BarsProps) {
  const top = highest ?? Math.max(1, bound === undefined ? 0 : bound * 1.15, ...values);
  const path = (list: readonly number[]): string =>
    list
      .map((value, i) => {
        if (!(value > 0)) return '';
        const height = Math.min(HEIGHT, Math.max(LEAST, (value / top) * HEIGHT));
        return `M${i + 0.1} ${HEIGHT}v-${height.toFixed(1)}h.8V${HEIGHT}z`;
      })
      .join('');
  const line = bound === undefined ? undefined : HEIGHT - (Math.min(bound, top) / top) * HEIGHT;
  return (
    <svg
      class={`bars ${name}`}
      role="img"
      aria-label={label}
      viewBox={`0 0 ${Math.max(1, values.length)} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      <title>{label}</title>
      <path class="all" d={path(values)} />
      {parts !== undefined && <path class="part" d={path(parts)} />}
      {line !== undefined && <path class="bound" d={`M0 ${line.toFixed(1)}h${values.length}`} />}
    </svg>
  );
}
