import type {
  AlertGroupView,
  AlertmanagerApi,
  AlertmanagerStatus,
  AlertQuery,
  AlertView,
  Answer,
  Refused,
  SilenceView,
} from '../../core/api/alertmanager.ts';
import { LongshoreError } from '../../core/errors.ts';
import { isFields } from '../../core/event.ts';
import { isResolved, type RoutedAlert } from '../routing/alert-book.ts';
import { compareLabels } from '../routing/labels.ts';
import { readAlerts } from '../routing/read-alerts.ts';
import { compileMatcher, compileMatchers, type LabelPredicate, type Matcher } from '../silencing/matcher.ts';
import { readMatchers } from '../silencing/read-matchers.ts';
import { type NewSilence, type Silence, silenceState } from '../silencing/silence.ts';
import type { Alertmanager } from './alertmanager.ts';

/** Alertmanager's HTTP API over what is known here. `version` is that of this program. */
export function alertmanagerApi(manager: Alertmanager, version: string): AlertmanagerApi {
  return new Api(manager, version);
}

class Api implements AlertmanagerApi {
  readonly #manager: Alertmanager;
  readonly #version: string;

  constructor(manager: Alertmanager, version: string) {
    this.#manager = manager;
    this.#version = version;
  }

  status(): AlertmanagerStatus {
    const none = { revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' };
    return {
      cluster: { status: 'disabled', peers: [] },
      versionInfo: { version: this.#version, ...none },
      config: { original: this.#manager.config.shown },
      uptime: time(this.#manager.startedAt),
    };
  }

  receivers(): { name: string }[] {
    return [...this.#manager.config.receivers.keys()].map(name => ({ name }));
  }

  async alerts(query: AlertQuery): Promise<Answer<AlertView[]>> {
    await this.#manager.refresh();
    return answer(() => {
      const isWanted = this.#filter(query);
      const { dispatcher } = this.#manager;
      const found: AlertView[] = [];
      for (const alert of dispatcher.alerts()) {
        const receivers = dispatcher.receiversOf(alert.fingerprint);
        const view = receivers.some(isWanted.receiver) ? this.#view(alert, receivers, isWanted) : undefined;
        if (view !== undefined) found.push(view);
      }
      return found.sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
    });
  }

  async groups(query: AlertQuery): Promise<Answer<AlertGroupView[]>> {
    await this.#manager.refresh();
    return answer(() => {
      const isWanted = this.#filter(query);
      const { dispatcher } = this.#manager;
      const groups: AlertGroupView[] = [];
      for (const { route, labels, alerts } of dispatcher.groups()) {
        if (!isWanted.receiver(route.receiver)) continue;
        const views = [...alerts.values()].flatMap(
          ({ alert }) => this.#view(alert, dispatcher.receiversOf(alert.fingerprint), isWanted) ?? [],
        );
        if (views.length === 0) continue;
        views.sort((a, b) => compareLabels(a.labels, b.labels));
        groups.push({ labels, receiver: { name: route.receiver }, alerts: views });
      }
      return groups.sort((a, b) => compareLabels(a.labels, b.labels) || (a.receiver.name < b.receiver.name ? -1 : 1));
    });
  }

  async post(body: unknown): Promise<Answer<undefined>> {
    const { config } = this.#manager;
    const read = readAlerts(body, this.#manager.now(), config.resolveTimeoutMs);
    if (read === undefined) return { refused: { status: 400, message: 'the body must be a list of alerts' } };
    await this.#manager.take(read.alerts);
    return read.mistakes.length === 0
      ? { value: undefined }
      : { refused: { status: 400, message: read.mistakes.slice(0, MAX_MISTAKES).join('; ') } };
  }

  silences(filter: readonly string[]): Answer<SilenceView[]> {
    return answer(() => {
      const holds = compileMatchers(filter.flatMap(readMatchers));
      const now = this.#manager.now();
      return this.#manager.silences.store
        .list()
        .filter(({ matchers }) => holds(Object.fromEntries(matchers.map(({ name, value }) => [name, value]))))
        .sort((a, b) => compareSilences(a, b, now))
        .map(silence => silenceView(silence, now));
    });
  }

  silence(id: string): Answer<SilenceView> {
    const found = this.#manager.silences.store.get(id);
    if (found === undefined) return { refused: { status: 404, message: 'silence not found' } };
    return { value: silenceView(found, this.#manager.now()) };
  }

  async setSilence(body: unknown): Promise<Answer<{ silenceID: string }>> {
    const wanted = newSilence(body);
    if (typeof wanted === 'string') return { refused: { status: 400, message: wanted } };
    return answerOf(async () => ({ silenceID: (await this.#manager.silences.add(wanted)).id }));
  }

  async expireSilence(id: string): Promise<Answer<undefined>> {
    return answerOf(async () => {
      await this.#manager.silences.expire(id);
      return undefined;
    });
  }

  #filter(query: AlertQuery): Wanted {
    const { receiver = '.*' } = query;
    const isReceiver = compileMatcher({ name: 'receiver', value: receiver, isRegex: true, isEqual: true });
    return {
      query,
      holds: compileMatchers(query.filter.flatMap(readMatchers)),
      receiver: name => isReceiver({ receiver: name }),
    };
  }

  #view(alert: RoutedAlert, receivers: readonly string[], { query, holds }: Wanted): AlertView | undefined {
    const now = this.#manager.now();
    if (isResolved(alert, now) || !holds(alert.labels)) return undefined;
    const { silencedBy, inhibitedBy } = this.#manager.dispatcher.statusOf(alert.labels, now);
    const isSilenced = silencedBy.length > 0;
    const isInhibited = inhibitedBy.length > 0;
    if (!query.active && !isSilenced && !isInhibited) return undefined;
    if ((!query.silenced && isSilenced) || (!query.inhibited && isInhibited)) return undefined;
    return {
      annotations: alert.annotations,
      endsAt: time(alert.endsAt),
      fingerprint: alert.fingerprint,
      receivers: receivers.map(name => ({ name })),
      startsAt: time(alert.startsAt),
      status: { inhibitedBy, mutedBy: [], silencedBy, state: isSilenced || isInhibited ? 'suppressed' : 'active' },
      updatedAt: time(alert.updatedAt),
      generatorURL: alert.generatorUrl,
      labels: alert.labels,
    };
  }
}

interface Wanted {
  readonly query: AlertQuery;
  readonly holds: LabelPredicate;
  readonly receiver: (name: string) => boolean;
}

const MAX_MISTAKES = 20;
const time = (ms: number): string => new Date(ms).toISOString();

/** What the request has wrong is an answer. */
function answer<T>(work: () => T): Answer<T> {
  try {
    return { value: work() };
  } catch (error) {
    return refusal(error);
  }
}

async function answerOf<T>(work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): { refused: Refused } {
  if (!(error instanceof LongshoreError) || !REFUSALS.includes(error.code)) throw error;
  return { refused: { status: error.code === 'LS_ALERTS_SILENCE_UNKNOWN' ? 404 : 400, message: error.what } };
}

const REFUSALS: readonly string[] = ['LS_ALERTS_SILENCE', 'LS_ALERTS_SILENCE_UNKNOWN', 'LS_ALERTS_MATCHER'];

/** Those that hold first, soonest end first; then those to come; then those that ended, the last one first. */
function compareSilences(a: Silence, b: Silence, now: number): number {
  const order = ['active', 'pending', 'expired'];
  const state = silenceState(a, now);
  const difference = order.indexOf(state) - order.indexOf(silenceState(b, now));
  if (difference !== 0) return difference;
  if (state === 'pending') return a.startsAt - b.startsAt;
  return state === 'active' ? a.endsAt - b.endsAt : b.endsAt - a.endsAt;
}

function silenceView(silence: Silence, now: number): SilenceView {
  const { id, matchers, createdBy, comment } = silence;
  return {
    id,
    status: { state: silenceState(silence, now) },
    updatedAt: time(silence.updatedAt),
    comment,
    createdBy,
    endsAt: time(silence.endsAt),
    matchers: matchers.map(({ name, value, isRegex, isEqual }) => ({ isEqual, isRegex, name, value })),
    startsAt: time(silence.startsAt),
  };
}

/** A sentence when it is none. */
function newSilence(body: unknown): NewSilence | string {
  if (!isFields(body)) return 'the body must be a silence';
  const { id, matchers, startsAt, endsAt, createdBy, comment } = body as Record<string, unknown>;
  if (!Array.isArray(matchers) || matchers.length === 0) return 'matchers in body should have at least 1 items';
  const read: Matcher[] = [];
  for (const matcher of matchers) {
    if (!isFields(matcher) || typeof matcher['name'] !== 'string' || typeof matcher['value'] !== 'string')
      return 'a matcher needs name, value and isRegex';
    const { name, value, isRegex, isEqual } = matcher as Record<string, unknown>;
    read.push({ name: name as string, value: value as string, isRegex: isRegex === true, isEqual: isEqual !== false });
  }
  const [start, end] = [startsAt, endsAt].map(value => (typeof value === 'string' ? Date.parse(value) : Number.NaN));
  if (Number.isNaN(start!) || Number.isNaN(end!)) return 'startsAt and endsAt must be times as in RFC 3339';
  if (typeof createdBy !== 'string' || typeof comment !== 'string') return 'createdBy and comment must be texts';
  return {
    id: typeof id === 'string' ? id : undefined,
    matchers: read,
    startsAt: start!,
    endsAt: end!,
    createdBy,
    comment,
  };
}
