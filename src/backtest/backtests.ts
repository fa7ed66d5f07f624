import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FILL_PAGE, readPastValues } from '../alerts/past.ts';
import { type AlertSettings, alertSettings } from '../alerts/settings.ts';
import { forkLimited } from '../base/process/limited-child.ts';
import { Link } from '../base/process/link.ts';
import { DAY_MS } from '../base/time/duration.ts';
import { isoTime } from '../base/time/iso.ts';
import type { BacktestAnswer, BacktestApi, BacktestParams, RuleText } from '../core/api/backtest.ts';
import type { QueryNode, StoredEvent } from '../core/contracts.ts';
import { LongshoreError } from '../core/errors.ts';
import { counter } from '../core/metrics.ts';
import { parseTime } from '../store/query/times.ts';
import type { Searcher } from '../store/search.ts';
import type { PastQuestion } from './backtest.ts';
import type { BacktestCalls, BeginRequest, RoutingFiles, ServiceCalls } from './process/protocol.ts';
import type { ShownEvent } from './recorder.ts';
import { publicVariables, withoutSecrets } from './secrets.ts';

export interface BacktestDependencies {
  readonly searcher: Pick<Searcher, 'pages' | 'scan' | 'newest' | 'oldest'>;
  /** The rule files that run, and what they import. */
  readonly running: () => {
    readonly rules: readonly RuleText[];
    readonly imports: readonly RuleText[];
    readonly routing?: RoutingFiles | undefined;
  };
  readonly alerterDefaults: Record<string, Record<string, unknown>>;
  readonly ruleDefaults?: Readonly<Record<string, unknown>> | undefined;
  readonly settings: Partial<AlertSettings>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limits?: Partial<typeof LIMITS>;
}

const LIMITS = {
  /** At the same time, of all clients. */
  max_running: 2,
  /** Longer ones tell what they have come to. */
  time_limit_ms: 240_000,
  max_events: 5_000_000,
  /** Of the process. */
  memory_mb: 512,
  /** Small, so that a page is handed on between two frames of intake. */
  page_size: 4000,
  /** Of events with a few fields each, as text that only the process of the backtest reads. */
  scan_size: 25_000,
  page_timeout_ms: 60_000,
};

const MAIN = fileURLToPath(new URL('./process/main.ts', import.meta.url));
const DEFAULT_DAYS = 7;
const GRACE_MS = 15_000;
/** Events that are looked for at a time. */
const LOOK_UP = 500;

const total = counter('longshore_backtests_total', 'Backtests of rules over HTTP, by what came of them.', ['result']);

/** Backtests on stored events, each in a process of its own that ends with it. */
export class Backtests implements BacktestApi {
  readonly #deps: BacktestDependencies;
  readonly #limits: typeof LIMITS;
  readonly #running = new Set<string>();

  constructor(deps: BacktestDependencies) {
    this.#deps = deps;
    this.#limits = { ...LIMITS, ...deps.limits };
  }

  async run(params: BacktestParams, client: string, signal: AbortSignal): Promise<BacktestAnswer> {
    if (this.#running.has(client) || this.#running.size >= this.#limits.max_running) {
      total.inc({ result: 'refused' });
      const what = this.#running.has(client) ? 'your last backtest still runs.' : 'other backtests are running.';
      throw new LongshoreError('LS_BACKTEST_BUSY', what, { fix: 'Try again when it has ended.', retryable: true });
    }
    const asked = this.#requestOf(params, Date.now());
    this.#running.add(client);
    try {
      const request = { ...asked, since: await this.#deps.searcher.oldest() };
      const child = new BacktestProcess(this.#limits.memory_mb, shown => this.#look(shown, signal));
      const answer = await this.#runIn(child, request, signal);
      total.inc({ result: 'done' });
      return answer;
    } catch (error) {
      total.inc({ result: signal.aborted ? 'cancelled' : 'failed' });
      throw error;
    } finally {
      this.#running.delete(client);
    }
  }

  async #runIn(child: BacktestProcess, request: BeginRequest, signal: AbortSignal): Promise<BacktestAnswer> {
    const { time_limit_ms } = this.#limits;
    const end = performance.now() + time_limit_ms;
    const stop = (): void => child.end();
    // What takes so long between two pages cannot be asked how far it came.
    const timer = setTimeout(stop, time_limit_ms + GRACE_MS);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      const { query, readFrom, rules, fields, past } = await child.link.request('begin', request);
      for (const question of past) await this.#answer(question, child, signal);
      const { page_size: size, scan_size, page_timeout_ms: timeoutMs, max_events } = this.#limits;
      const hints: string[] = [];
      let events = 0;
      let until: number | undefined;
      const asked = { query, from: readFrom, to: request.to, timeoutMs };
      const pages =
        fields === undefined
          ? this.#deps.searcher.pages({ ...asked, size }, signal)
          : this.#deps.searcher.scan({ ...asked, fields, size: scan_size }, signal);
      for await (const page of rules === 0 ? NO_PAGES : pages) {
        await child.link.request('take', page);
        events += 'text' in page ? page.events : page.length;
        const isLate = performance.now() > end;
        if (!isLate && events < max_events) continue;
        until = 'text' in page ? page.last![0] : Date.parse(page.at(-1)!['@timestamp']);
        const why = isLate ? `it took longer than ${time_limit_ms / 1000} s` : `it counted ${events} events`;
        hints.push(`only until ${isoTime(until)}: ${why}. Choose a shorter time, or a rule with a narrower filter.`);
        break;
      }
      return await child.link.request('finish', { hints, until });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      child.end();
    }
  }

  async #answer(question: PastQuestion, { link }: BacktestProcess, signal: AbortSignal): Promise<void> {
    const { run, rule, from, to } = question;
    const ask = (query: QueryNode): Promise<StoredEvent[]> => {
      signal.throwIfAborted();
      return this.#deps.searcher.newest(query, from, to, FILL_PAGE);
    };
    const { max_fill_events } = alertSettings(this.#deps.settings);
    await link.request('know', { run, rule, events: await readPastValues(ask, question, max_fill_events) });
  }

  /** The events that alerts show, as far as they are there. */
  async #look(shown: readonly ShownEvent[], signal: AbortSignal): Promise<StoredEvent[]> {
    const wanted = [...new Map(shown.map(one => [one.id, one])).values()].sort((a, b) => a.from - b.from);
    const found: StoredEvent[] = [];
    for (let at = 0; at < wanted.length; at += LOOK_UP) {
      signal.throwIfAborted();
      const some = wanted.slice(at, at + LOOK_UP);
      const query: QueryNode = { type: 'terms', field: '_id', values: some.map(({ id }) => id) };
      const to = Math.max(...some.map(one => one.to));
      found.push(...(await this.#deps.searcher.newest(query, some[0]!.from, to, LOOK_UP)));
    }
    return found;
  }

  #requestOf(
    { rules: given, old, imports: asked = [], names, from, to, messages }: BacktestParams,
    now: number,
  ): Omit<BeginRequest, 'since'> {
    const { running, alerterDefaults, ruleDefaults = {}, settings, env } = this.#deps;
    const own = running();
    const rules = given ?? own.rules;
    const imports = asked === 'running' ? [...own.imports, ...own.rules] : asked;
    const texts = [...rules, ...(old ?? []), ...imports, ...(given === undefined ? own.imports : [])];
    const end = timeOf('to', to, now, true) ?? now;
    const begin = timeOf('from', from, now, false) ?? end - DEFAULT_DAYS * DAY_MS;
    if (begin > end)
      throw new LongshoreError('LS_BACKTEST_PARAMETER', 'from is later than to.', { where: 'from', fix: 'Swap them.' });
    return {
      rules,
      old,
      imports: given === undefined ? own.imports : imports,
      isClosed: given !== undefined,
      names,
      variables: publicVariables(
        texts.map(({ text }) => text),
        given === undefined ? env : undefined,
      ),
      alerterDefaults: withoutSecrets(alerterDefaults),
      ruleDefaults: withoutSecrets({ rule: ruleDefaults })['rule']!,
      settings,
      from: begin,
      to: end,
      messages: messages === true,
      routing: own.routing,
    };
  }
}

async function* noPages(): AsyncGenerator<StoredEvent[]> {}
const NO_PAGES = noPages();

/** The process of one backtest. */
class BacktestProcess {
  readonly link: Link<BacktestCalls, ServiceCalls>;
  readonly #child: ChildProcess;

  constructor(memoryMb: number, look: ServiceCalls['look']) {
    this.#child = forkLimited(MAIN, memoryMb, () => this.link.close());
    const gone = (): LongshoreError =>
      new LongshoreError('LS_BACKTEST_FAILED', 'the process of the backtest ended before it was done.', {
        fix: `Choose a shorter time or fewer rules: it may use ${memoryMb} MB and some minutes.`,
      });
    this.link = new Link(this.#child, { look }, { gone, unknown: gone });
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}

function timeOf(name: string, value: string | number | undefined, now: number, end: boolean): number | undefined {
  if (value === undefined || value === '') return undefined;
  try {
    return parseTime(value, now, end);
  } catch (error) {
    if (!(error instanceof LongshoreError)) throw error;
    throw new LongshoreError('LS_BACKTEST_PARAMETER', error.what, { where: name, fix: error.fix, cause: error });
  }
}
