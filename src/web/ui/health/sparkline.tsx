import { t } from './words.ts';

const WIDTH = 120;
const HEIGHT = 28;

/** How a rate went while the page looked on. */
export function Sparkline({
  rates,
  label,
  text,
}: {
  rates: readonly number[];
  label: string;
  text: (rate: number) => string;
}) {
  const max = Math.max(...rates, 1e-9);
  const step = WIDTH / Math.max(1, rates.length - 1);
  const points = rates.map(
    (rate, i) => `${(i * step).toFixed(1)},${(HEIGHT - 1 - (rate / max) * (HEIGHT - 2)).toFixed(1)}`,
  );
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t('lately', label, text(rates.at(-1) ?? 0))}
    >
      {points.length > 1 && (
        <>
          <polygon points={`0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} />
          <polyline points={points.join(' ')} />
        </>
      )}
    </svg>
  );
}
