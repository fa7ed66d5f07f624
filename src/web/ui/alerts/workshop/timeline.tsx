import { count, shownTime } from '../../base/time.ts';
import type { Compared } from './results.tsx';
import { t } from './words.ts';

const WIDTH = 1000;
const LANE = 34;
const GAP = 6;
const AXIS = 18;
const DAY_MS = 86_400_000;
const MOST_LABELS = 8;

/** When each version would have fired: a lane each, days below. However many alerts there are, a lane is three paths. */
export function Timeline({
  list,
  from,
  to,
  isCompared,
}: {
  list: readonly Compared[];
  from: number;
  to: number;
  isCompared: boolean;
}) {
  const x = (at: number): number => ((at - from) / Math.max(1, to - from)) * WIDTH;
  const lanes = isCompared
    ? [
        { name: t('laneNew'), list: list.filter(({ kind }) => kind !== 'gone'), special: 'new' },
        { name: t('laneToday'), list: list.filter(({ kind }) => kind !== 'new'), special: 'gone' },
      ]
    : [{ name: t('laneOnly'), list, special: '' }];
  const height = lanes.length * (LANE + GAP) + AXIS;
  const label = lanes.map(lane => t('laneSays', lane.name, count(lane.list.length))).join('; ');
  const days = daysOf(from, to);
  const path = (own: readonly Compared[], top: number): string =>
    [...new Set(own.map(({ alert }) => Math.round(x(Date.parse(alert.at)))))]
      .map(at => `M${at - 1.5} ${top}h3v${LANE}h-3z`)
      .join('');
  return (
    <figure class="timeline">
      <div class="lanes">
        {lanes.map(lane => (
          <span key={lane.name}>{t('laneSays', lane.name, count(lane.list.length))}</span>
        ))}
      </div>
      <svg role="img" aria-label={label} viewBox={`0 0 ${WIDTH} ${height}`} preserveAspectRatio="none">
        <title>{label}</title>
        {days.map(at => (
          <path key={at} class="day" d={`M${x(at).toFixed(1)} 0V${height - AXIS}`} />
        ))}
        {lanes.map(({ name, list: own, special }, i) => {
          const top = i * (LANE + GAP);
          return (
            <g key={name}>
              <rect class="lane" x="0" y={top} width={WIDTH} height={LANE} />
              <path
                class="same"
                d={path(
                  own.filter(({ kind }) => kind !== special),
                  top,
                )}
              />
              {special !== '' && (
                <path
                  class={special}
                  d={path(
                    own.filter(({ kind }) => kind === special),
                    top,
                  )}
                />
              )}
            </g>
          );
        })}
      </svg>
      <div class="axis" aria-hidden="true">
        {days
          .filter((_, i) => i % Math.ceil(days.length / MOST_LABELS) === 0)
          .map(at => (
            <span key={at} style={{ left: `${x(at) / 10}%` }}>
              {shownTime(at).slice(5, 10)}
            </span>
          ))}
      </div>
    </figure>
  );
}

/** Midnights in the zone of the page. */
function daysOf(from: number, to: number): number[] {
  const days: number[] = [];
  let at = from;
  while (at < to && days.length < 400) {
    const [hours = 0, minutes = 0, seconds = 0] = shownTime(at).slice(11).split(':').map(Number);
    at += DAY_MS - ((hours * 60 + minutes) * 60 + seconds) * 1000 - (at % 1000);
    if (at < to) days.push(at);
  }
  return days;
}
