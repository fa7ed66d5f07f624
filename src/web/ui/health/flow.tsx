import type { ComponentChildren } from 'preact';
import type { InputStatus, StatusAnswer } from '../../../core/api/status.ts';
import { hrefOf } from '../base/route.ts';
import { clean } from '../base/text.ts';
import { count, durationText } from '../base/time.ts';
import { percentText, rateText, roundBytes } from './figures.ts';
import { ratesSeen } from './history.ts';
import { Sparkline } from './sparkline.tsx';
import { t } from './words.ts';

type Fact = readonly [name: string, value: ComponentChildren, isBad?: boolean] | false;

/** Inputs, spool, Redis and store, in the order in which events pass them. */
export function Flow({ status }: { status: StatusAnswer }) {
  const { intake, spool, redis, store, ledger } = status;
  const events = ratesSeen(one => one.inputs.reduce((sum, { records }) => sum + records, 0));
  const bytes = ratesSeen(one => one.intake.bytes);
  return (
    <ol class="flow" aria-label={t('way')}>
      <Station name={t('inputs')} rates={events} label={t('eventsPerSecond')}>
        {status.inputs.map(input => (
          <Input key={input.name} input={input} />
        ))}
      </Station>
      <Station
        name={t('pipelines')}
        rates={ratesSeen(one => one.intake.events)}
        label={t('eventsPerSecond')}
        facts={[
          [t('droppedByRule'), count(intake.dropped)],
          intake.duplicate_frames > 0 && [t('duplicates'), count(intake.duplicate_frames)],
        ]}
      >
        {intake.failures.slice(0, 5).map(({ pipeline, processor, count: failed }) => (
          <p key={`${pipeline} ${processor}`} class="fact">
            <a
              href={hrefOf('pipelines', { file: `${pipeline}.yaml`, query: `pipeline_error:"${pipeline}"` })}
              title={t('seeFailures', clean(pipeline))}
            >
              {clean(pipeline)}: {clean(processor)}
            </a>
            <span class="warn">
              {count(failed)} {t('failures')}
            </span>
          </p>
        ))}
      </Station>
      {spool !== undefined && (
        <Station
          name={t('spool')}
          rates={bytes}
          label={t('bytesPerSecond')}
          text={roundBytes}
          facts={[
            [
              t('waiting'),
              t('of', roundBytes(spool.waiting_bytes), roundBytes(spool.max_bytes)),
              spool.waiting_bytes > 0.8 * spool.max_bytes,
            ],
            [t('inLog'), roundBytes(spool.log_bytes)],
            [t('written'), roundBytes(spool.written_bytes)],
            spool.commits > 0 && [t('commit'), `${((spool.commit_seconds / spool.commits) * 1000).toFixed(1)} ms`],
          ]}
        >
          <Bar part={spool.waiting_bytes} whole={spool.max_bytes} name={t('spool')} />
        </Station>
      )}
      {redis !== undefined && (
        <Station
          name={t('redis')}
          rates={ratesSeen(one => one.redis?.written_events ?? 0)}
          label={t('eventsPerSecond')}
          facts={[
            [t('redis'), t(redis.connected ? 'connected' : 'away'), !redis.connected],
            [t('waiting'), t('of', roundBytes(redis.bytes), roundBytes(redis.max_bytes))],
            ...Object.entries(redis.jobs).map(([state, n]): Fact => [t('jobs', clean(state)), count(n)]),
          ]}
        >
          <Bar part={redis.bytes} whole={redis.max_bytes} name={t('redis')} />
        </Station>
      )}
      {store !== undefined && (
        <Station
          name={`${t('store')}: ${store.type}`}
          rates={ratesSeen(one => one.store?.stored ?? 0)}
          label={t('eventsPerSecond')}
          facts={[
            [t('stored'), count(ledger.stored)],
            store.events !== undefined && [t('inStore'), count(store.events + (store.unsealed_events ?? 0))],
            store.disk_bytes !== undefined && [t('onDisk'), roundBytes(store.disk_bytes)],
            store.unsealed_events !== undefined && [t('unsealed'), count(store.unsealed_events)],
            store.searches_running !== undefined && [
              t('searches'),
              `${store.searches_running} + ${store.searches_waiting ?? 0} ${t('waiting')}`,
            ],
            store.bulk_in_flight !== undefined && [t('bulk'), count(store.bulk_in_flight)],
            [t('deadLettered'), count(status.dead_letters.open), status.dead_letters.open > 0],
          ]}
        />
      )}
    </ol>
  );
}

interface StationProps {
  readonly name: string;
  readonly rates: readonly number[];
  readonly label: string;
  text?(rate: number): string;
  readonly facts?: readonly Fact[];
  readonly children?: ComponentChildren;
}

function Station({ name, rates, label, text = rateText, facts = [], children }: StationProps) {
  // One sample is a jump, a few are a rate.
  const latest = rates.slice(-3);
  const rate = latest.reduce((sum, one) => sum + one, 0) / Math.max(1, latest.length);
  return (
    <li class="panel station">
      <h3>{name}</h3>
      <p class="rate">
        <b>{text(rate)}</b> <span class="soft">{label}</span>
      </p>
      <Sparkline rates={rates} label={label} text={text} />
      {facts
        .filter(fact => fact !== false)
        .map(([what, value, isBad]) => (
          <p key={what} class="fact">
            <span class="soft">{what}</span>
            <span class={isBad === true ? 'bad' : ''}>{value}</span>
          </p>
        ))}
      {children}
    </li>
  );
}

function Input({ input }: { input: InputStatus }) {
  const { name, records, bytes, connections, unacked_bytes, lag_bytes, errors } = input;
  const isIdle = records === 0 && (connections ?? 0) === 0 && errors === 0;
  return (
    <div class={isIdle ? 'input soft' : 'input'}>
      <p class="fact">
        <b>{clean(name)}</b>
        <span>{isIdle ? t('idle') : count(records)}</span>
      </p>
      {!isIdle && (
        <p class="small soft">
          {[
            roundBytes(bytes),
            connections !== undefined && `${count(connections)} ${t('connections')}`,
            (unacked_bytes ?? 0) > 0 && `${roundBytes(unacked_bytes!)} ${t('unacked')}`,
            (lag_bytes ?? 0) > 0 && `${roundBytes(lag_bytes!)} ${t('lag')}`,
          ]
            .filter(part => part !== false)
            .join(' · ')}
          {errors > 0 && (
            <span class="bad">
              {' '}
              · {count(errors)} {t('errors')}
            </span>
          )}
        </p>
      )}
    </div>
  );
}

function Bar({ part, whole, name }: { part: number; whole: number; name: string }) {
  return (
    <meter min={0} max={whole} high={0.8 * whole} value={part} aria-label={`${name}: ${percentText(part, whole)}`} />
  );
}

/** Received = stored + dead letters + dropped + on their way + missing. */
export function Ledger({ status: { ledger, incomplete } }: { status: StatusAnswer }) {
  const parts = [
    ['received', ledger.received],
    ['stored', ledger.stored],
    ['inFlight', ledger.in_flight],
    ['droppedByRule', ledger.dropped],
    ['deadLettered', ledger.dead_lettered],
    ['unaccounted', ledger.unaccounted],
  ] as const;
  return (
    <>
      <dl class="ledger panel">
        {parts.map(([name, value]) => (
          <div key={name} class={name === 'unaccounted' && value !== 0 ? 'bad' : ''}>
            <dt>{t(name)}</dt>
            <dd>{count(value)}</dd>
          </div>
        ))}
      </dl>
      {incomplete !== undefined && <p class="soft">{t('incomplete', clean(incomplete))}</p>}
    </>
  );
}

export function ProcessFacts({ status }: { status: StatusAnswer }) {
  const { version, memory_bytes, started_at, at, canary, processes = [] } = status;
  return (
    <section class="panel facts" aria-label={t('process')}>
      <h3>{t('process')}</h3>
      <p class="fact">
        <span class="soft">{t('version')}</span>
        <span>{clean(version)}</span>
      </p>
      <p class="fact">
        <span class="soft">{t('runs')}</span>
        <span>{durationText(at - started_at)}</span>
      </p>
      <p class="fact">
        <span class="soft">{t('memory')}</span>
        <span>{roundBytes(memory_bytes)}</span>
      </p>
      <p class="fact">
        <span class="soft">{t('canary')}</span>
        <span class={canary?.state === 'late' ? 'bad' : ''}>
          {canary === undefined ? t('off') : t(canary.state)}
          {canary?.took_ms !== undefined && ` (${durationText(canary.took_ms)})`}
        </span>
      </p>
      {processes.length > 0 && <h3>{t('others')}</h3>}
      {processes.map(({ source, age_ms, in_flight }) => (
        <p key={source} class="fact">
          <span>{clean(source)}</span>
          <span class="soft">
            {t('seen', durationText(age_ms))}, {count(in_flight)} {t('inFlight')}
          </span>
        </p>
      ))}
    </section>
  );
}
