import './health.css';
import { useEffect } from 'preact/hooks';
import type { Counted, StatusAnswer } from '../../../core/api/status.ts';
import { usePolled } from '../base/polled.ts';
import { clean } from '../base/text.ts';
import { count, shownTime } from '../base/time.ts';
import { DeadLetters } from './dead-letters.tsx';
import { percentText } from './figures.ts';
import { Flow, Ledger, ProcessFacts } from './flow.tsx';
import { remember, seen } from './history.ts';
import { t } from './words.ts';

const EVERY_MS = 2000;
/** Above this share of a limit somebody should know. */
const FULL = 0.8;

/** How the service is: trouble in words first, then the way of the events, then what was refused. */
export function Health() {
  const { data, error } = usePolled<StatusAnswer>('api/status', {}, EVERY_MS);
  const latest = data.value;
  useEffect(() => {
    if (latest !== undefined) remember(latest);
  }, [latest]);
  const status = latest ?? seen.value.at(-1);
  const problem = error.value;
  return (
    <div class="health">
      <h2 class="hidden-text">{t('title')}</h2>
      {problem !== undefined && problem.status !== 401 && problem.status !== 0 && (
        <p class="problem" role="alert">
          {problem.message}
        </p>
      )}
      {status !== undefined && (
        <>
          <Verdict status={status} />
          <Ledger status={status} />
          <Flow status={status} />
          <div class="two">
            <CountedTable status={status} />
            <ProcessFacts status={status} />
          </div>
        </>
      )}
      <DeadLetters open={status?.dead_letters.open} />
    </div>
  );
}

function Verdict({ status }: { status: StatusAnswer }) {
  const troubles = troublesOf(status);
  return (
    <section class={troubles.length === 0 ? 'panel verdict well' : 'panel verdict'} role="status">
      {troubles.length === 0 ? (
        <p>{t('well', count(status.ledger.received))}</p>
      ) : (
        <>
          <h3>{t('trouble')}</h3>
          <ul>
            {troubles.map(trouble => (
              <li key={trouble}>{trouble}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function troublesOf({ reasons, canary, ledger, spool, redis, store, dead_letters }: StatusAnswer): string[] {
  const troubles = reasons.map(reason => clean(reason));
  if (canary?.state === 'late') troubles.push(t('canaryLate', clean(canary.reason ?? '')));
  if (ledger.unaccounted !== 0) troubles.push(t('missing', count(ledger.unaccounted)));
  if (spool !== undefined && spool.waiting_bytes > FULL * spool.max_bytes)
    troubles.push(t('spoolFull', percentText(spool.waiting_bytes, spool.max_bytes)));
  if (redis?.connected === false) troubles.push(t('redisAway'));
  if (redis !== undefined && redis.bytes > FULL * redis.max_bytes)
    troubles.push(t('redisFull', percentText(redis.bytes, redis.max_bytes)));
  if (store?.alarm === true) troubles.push(t('storeAlarm'));
  if (dead_letters.open > 0) troubles.push(t('letters', count(dead_letters.open)));
  return troubles;
}

function CountedTable({ status: { counted, started_at } }: { status: StatusAnswer }) {
  return (
    <section class="panel" aria-label={t('counted')}>
      <h3>
        {t('counted')} <span class="soft">{t('since', shownTime(started_at))}</span>
      </h3>
      {counted.length === 0 ? (
        <p class="soft">{t('nothingCounted')}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>{t('what')}</th>
              <th class="number">{t('number')}</th>
            </tr>
          </thead>
          <tbody>
            {counted.map(one => (
              <CountedRow key={keyOf(one)} one={one} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function CountedRow({ one }: { one: Counted }) {
  const labels = Object.values(one.labels).map(clean).join(', ');
  const first = seen.value.at(0)?.counted.find(other => keyOf(other) === keyOf(one))?.count ?? 0;
  const grew = seen.value.length > 1 ? one.count - first : 0;
  return (
    <tr>
      <td>
        {clean(one.what)}
        {labels !== '' && (
          <>
            {' '}
            <code>{labels}</code>
          </>
        )}
      </td>
      <td class="number">
        {count(one.count)}
        {grew > 0 && <div class="warn small">{t('justNow', count(grew))}</div>}
      </td>
    </tr>
  );
}

const keyOf = ({ metric, labels }: Counted): string => `${metric} ${JSON.stringify(labels)}`;
