import type { Instance } from '../alerts/instances/instance.ts';
import type { LabelSet } from '../alerts/instances/labels.ts';
import { compileMatchers } from '../alerts/silencing/matcher.ts';
import { readMatchers } from '../alerts/silencing/read-matchers.ts';
import { counted } from '../alerts/text/words.ts';
import { DAY_MS, MINUTE_MS } from '../base/time/duration.ts';
import { isoTime } from '../base/time/iso.ts';
import type { DoraAnswer, DoraApi } from '../core/api/dora.ts';
import type { Searcher } from '../store/search.ts';
import { Deployments } from './deployments.ts';
import { daysBetween, figuresOf, type Incident } from './figures.ts';
import type { DoraOptions } from './options.ts';

export interface DoraDependencies {
  readonly searcher: Pick<Searcher, 'newest' | 'predicate' | 'oldest'>;
  /** The alerts that there are, and those that are over. */
  readonly instances: () => Promise<Iterable<Instance>>;
  readonly options: DoraOptions;
  readonly now: () => number;
}

/** Which alerts are incidents, by their labels. Throws LS_ALERTS_MATCHER. */
export const incidentsOf = ({ incidents }: Pick<DoraOptions, 'incidents'>): ((labels: LabelSet) => boolean) =>
  compileMatchers(readMatchers(incidents));

/** DORA's four keys, out of what is durable: events of the store, and the history of alerts. */
export class Dora implements DoraApi {
  readonly #deps: DoraDependencies;
  readonly #deployments: Deployments;
  readonly #isIncident: (labels: LabelSet) => boolean;

  constructor(deps: DoraDependencies) {
    this.#deps = deps;
    this.#deployments = new Deployments(deps.searcher, deps.options);
    this.#isIncident = incidentsOf(deps.options);
  }

  async figures(days: number, service: string | undefined): Promise<DoraAnswer> {
    const { searcher, instances, options, now } = this.#deps;
    const to = now();
    const from = to - days * DAY_MS;
    const failureWindowMs = options.failure_window_minutes * MINUTE_MS;
    const { deployments, isCut } = await this.#deployments.since(from - failureWindowMs, to);
    const incidents = [...(await instances())].filter(({ labels }) => this.#isIncident(labels)).map(incidentOf);
    const since = Math.max(from, (await searcher.oldest()) ?? to);
    const covered = daysBetween(since, to);
    const isWanted = (one: { readonly service: string }): boolean => service === undefined || one.service === service;
    const span = { from, to, days: covered, failureWindowMs };
    const notes: string[] = [];
    if (since - from > DAY_MS)
      notes.push(
        `there are no events before ${isoTime(since)}: rates are of ${counted(Math.round(covered), 'day')}, not ${days}`,
      );
    if (isCut) notes.push('there are more than 10000 deployments; only the latest are counted');
    return {
      from: isoTime(from),
      to: isoTime(to),
      days: covered,
      ...figuresOf(deployments.filter(isWanted), incidents.filter(isWanted), span),
      notes,
    };
  }
}

function incidentOf({ labels, startsAt, endsAt, reason }: Instance): Incident {
  const isDropped = reason?.startsWith('rule_') === true;
  return { service: labels['service'] ?? '', startsAt, endsAt, isDropped };
}
