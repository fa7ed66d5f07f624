import type { DoraAnswer } from '../core/api/dora.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { gauge } from '../core/metrics.ts';
import type { Dora } from './dora.ts';
import type { DoraOptions } from './options.ts';

const log = logger('dora');
const labels = ['service'] as const;

type Counted = 'deployments' | 'failed_deployments' | 'incidents';
type Measured = 'change_failure_ratio' | 'lead_time_seconds' | 'time_to_restore_seconds';

const counts: Readonly<Record<Counted, ReturnType<typeof gauge<'service'>>>> = {
  deployments: gauge('longshore_dora_deployments', 'Deployments of the last `dora.days` days.', labels),
  failed_deployments: gauge(
    'longshore_dora_failed_deployments',
    'Those of them that failed, were rolled back, or were followed by an incident.',
    labels,
  ),
  incidents: gauge('longshore_dora_incidents', 'Incidents that began in the last `dora.days` days.', labels),
};

const measures: Readonly<Record<Measured, ReturnType<typeof gauge<'service'>>>> = {
  change_failure_ratio: gauge(
    'longshore_dora_change_failure_ratio',
    'Share of the deployments of the last `dora.days` days that failed, 0 to 1.',
    labels,
  ),
  lead_time_seconds: gauge('longshore_dora_lead_time_seconds', 'Median from commit to deployment.', labels),
  time_to_restore_seconds: gauge(
    'longshore_dora_time_to_restore_seconds',
    'Median of how long incidents lasted that are over.',
    labels,
  ),
};

/** So old the figures may be when they are asked for. */
const MAX_AGE_MS = 60_000;

/** Keeps the metrics up to date: whoever reads them makes them anew, for the one who reads next if it takes long. */
export class DoraMetrics {
  readonly #dora: Dora;
  readonly #options: DoraOptions;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(dora: Dora, options: DoraOptions) {
    this.#dora = dora;
    this.#options = options;
  }

  /** Resolves when they are made, or after `waitMs`. */
  async refresh(waitMs: number): Promise<void> {
    if (performance.now() - this.#readAt < MAX_AGE_MS) return;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitMs);
    await Promise.race([this.#reading, promise]);
    clearTimeout(timer);
  }

  async #read(): Promise<void> {
    try {
      show(await this.#dora.figures(this.#options.days, undefined), this.#options.max_services);
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'the figures of DORA cannot be made; those of before stay');
    }
    this.#readAt = performance.now();
  }
}

/** The services with the most deployments are told apart; of the others only counts can be added up. */
function show({ services }: DoraAnswer, maxServices: number): void {
  const [shown, others] = [services.slice(0, maxServices), services.slice(maxServices)];
  for (const [name, one] of Object.entries(counts) as [Counted, (typeof counts)[Counted]][]) {
    one.reset();
    for (const figures of shown) one.set({ service: figures.service }, figures[name]);
    if (others.length > 0)
      one.set(
        { service: 'other' },
        others.reduce((sum, figures) => sum + figures[name], 0),
      );
  }
  for (const [name, one] of Object.entries(measures) as [Measured, (typeof measures)[Measured]][]) {
    one.reset();
    for (const figures of shown) if (figures[name] !== null) one.set({ service: figures.service }, figures[name]);
  }
}
