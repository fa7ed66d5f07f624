import type { AlertHit } from '../alerts/engine.ts';
import type { HitSource, HitTaker } from '../alerts/hit-source.ts';
import { orAborted } from '../base/flow/abort.ts';
import type { Link } from '../base/process/link.ts';
import type { Supervised } from '../base/process/supervisor.ts';
import type { Tail, TailRequest, TailResult } from '../core/contracts.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { counter } from '../core/metrics.ts';
import type { UserTexts } from '../definitions/user-content.ts';
import { LiveListeners } from '../ingest/live-listeners.ts';
import { type InputPorts, NO_PORTS } from '../inputs/inputs.ts';
import type { LedgerCounts } from '../ledger/ledger.ts';
import { mergeResults } from '../store/tail.ts';
import { Claims, type ClaimVerdict } from './claims.ts';
import { bareEvent } from './live.ts';
import { Member } from './member.ts';
import type { JoinDelivery, Peers } from './peers.ts';
import { ownerAmong } from './places.ts';
import { isGone, type PrimaryCalls, type PrimarySink, type WorkerCalls, workerErrors } from './protocol.ts';
import type { WorkerSettings } from './settings.ts';
import { forkWorker } from './worker-process.ts';

const log = logger('workers');
const restarts = counter('longshore_workers_restarts_total', 'Workers that ended unexpectedly and were started again.');

/** The primary's own spool. */
const PRIMARY = 'w0';
/** A search waits so long for a worker that is starting again, then it goes without its open tail. */
const TAIL_WAIT_MS = 3000;

/** What the workers need of the process around them. */
export interface GroupDeps {
  readonly names: readonly string[];
  readonly settings: WorkerSettings;
  /** Random name of this data_dir. */
  readonly node: string;
  readonly sink: PrimarySink;
  /** Where the hits of a worker go. */
  hits(name: string, spool: HitSource): HitTaker;
}

/** The workers as the primary sees them: starts them, starts them again, and carries what they have to say to one another. */
export class WorkerGroup implements Tail {
  /** Each event as soon as it is durable with a worker. */
  readonly live = new LiveListeners(isWatched => this.#watch(isWatched));
  /** Once they serve. */
  ports = NO_PORTS;
  readonly #deps: GroupDeps;
  readonly #claims: Claims;
  readonly #members: Map<string, Member>;
  #texts: UserTexts;
  #version = 1;
  /** To those that can take what is being prepared. */
  #prepared = new Set<Link<WorkerCalls, PrimaryCalls>>();
  /** They are open and about to serve. */
  readonly #starting = new Set<Member>();
  #isServing = false;

  constructor(deps: GroupDeps, texts: UserTexts) {
    this.#deps = deps;
    this.#claims = new Claims(deps.settings.ingest.spool);
    this.#texts = texts;
    this.#members = new Map(deps.names.map(name => [name, this.#newMember(name)]));
  }

  /** The view of the primary's own intake, which joins nothing itself. */
  get peers(): Peers {
    const claims = this.#claims;
    return {
      name: PRIMARY,
      claim: key => new Promise<ClaimVerdict>(resolve => claims.claim(key, PRIMARY, resolve)),
      done: key => claims.done(key),
      failed: key => claims.failed(key, PRIMARY),
      ownerOf: ownerAmong(this.#deps.names),
      deliver: (owner, delivery) => this.#deliver(owner, delivery),
    };
  }

  /** Frames that are durable with the primary; 8 bytes each. */
  recovered(keys: Uint8Array): void {
    this.#claims.recovered(PRIMARY, keys);
  }

  /** Resolves when all have read their spools. Rejects with what kept one of them from starting. */
  async start(): Promise<void> {
    await Promise.all([...this.#members.values()].map(member => member.process.start()));
  }

  /** After `start`, and when everything else is ready: pieces find their owners, then all listen. */
  async serve(): Promise<void> {
    const all = [...this.#members.values()];
    await Promise.all(all.map(member => member.link.request('move')));
    this.#isServing = true;
    const ports = await Promise.all(all.map(member => this.#serveOne(member, member.link)));
    this.ports = ports[0]!;
  }

  /** Resolves when what the last run left is with the store. */
  get adopted(): Promise<unknown> {
    return Promise.all([...this.#members.values()].map(member => member.adopted));
  }

  /** Why the whole is not ready. */
  reasons(): string[] {
    return [...this.#members.values()].flatMap(({ name, isServing, refusal }) =>
      isServing ? (refusal === undefined ? [] : [`${name}: ${refusal}`]) : [`worker ${name} is starting`],
    );
  }

  /** What their spools counted, as of the last second. */
  ledgers(): LedgerCounts[] {
    return [...this.#members.values()].flatMap(({ ledger }) => ledger ?? []);
  }

  /** All spools stand still until `release`. Rejects when one of them cannot, or is starting. */
  async hold(ms: number): Promise<void> {
    const all = [...this.#members.values()];
    if (!all.every(member => member.isServing)) {
      throw new LongshoreError('LS_WORKERS_GONE', 'a worker is starting.', { retryable: true });
    }
    await Promise.all(all.map(member => member.link.request('hold', ms)));
  }

  release(): void {
    for (const { process } of this.#members.values()) process.link?.notify('release');
  }

  async metrics(): Promise<object[][]> {
    const all = [...this.#members.values()].map(member =>
      member.process.link?.request('metrics').catch(() => undefined),
    );
    return (await Promise.all(all)).filter(one => one !== undefined);
  }

  async search(request: TailRequest, signal?: AbortSignal): Promise<TailResult> {
    const members = [...this.#members.values()];
    return mergeResults(await Promise.all(members.map(member => this.#tailOf(member, request, signal))));
  }

  /** Throws when one of them cannot take it: then nobody does. */
  async prepare(texts: UserTexts, version: number): Promise<void> {
    const living = [...this.#members.values()].filter(member => member.isServing);
    this.#prepared = new Set(living.flatMap(({ process }) => process.link ?? []));
    const prepared = [...this.#prepared].map(link => link.request('prepare', { texts, version }).catch(ignoreGone));
    await Promise.all(prepared);
  }

  /** After `prepare`. Who starts from now on begins with it; who is starting takes it before it serves, or right after. */
  async commit(texts: UserTexts, version: number): Promise<void> {
    this.#texts = texts;
    this.#version = version;
    const reached = [...this.#members.values()].filter(member => member.isServing || this.#starting.has(member));
    const all = reached.flatMap(member => {
      const { link } = member.process;
      return link === undefined ? [] : [this.#bringUp(member, link).catch(ignoreGone)];
    });
    await Promise.all(all);
  }

  /** Its process takes what all run, prepared or not. */
  async #bringUp(member: Member, link: Link<WorkerCalls, PrimaryCalls>): Promise<void> {
    const [texts, version] = [this.#texts, this.#version];
    if (member.texts === texts) return;
    if (!this.#prepared.has(link)) await link.request('prepare', { texts, version });
    await link.request('commit', version);
    member.texts = texts;
  }

  async stopInputs(ms: number): Promise<void> {
    const all = [...this.#members.values()];
    for (const { process } of all) process.retire();
    const stopped = all.map(({ process }) => process.link?.request('stopInputs', { ms }));
    await orAborted(Promise.allSettled(stopped), AbortSignal.timeout(ms));
  }

  /** They drain and end; who has not ended in time is killed. */
  async stop(ms: number): Promise<void> {
    const deadline = AbortSignal.timeout(ms);
    const all = [...this.#members.values()];
    await Promise.all(all.map(({ process }) => process.stop(deadline, link => link.request('stop', { ms }))));
  }

  #watch(isWatched: boolean): void {
    for (const { process } of this.#members.values()) process.link?.notify('watch', isWatched);
  }

  /** Nothing is evaluated beyond what all of them have told. */
  #newMember(name: string): Member {
    return new Member(name, member => this.#supervised(member, this.#deps.hits(name, hitsOf(member))));
  }

  #supervised(member: Member, hits: HitTaker): Supervised<WorkerCalls, PrimaryCalls> {
    const { name } = member;
    return {
      fork: forkWorker,
      calls: this.#calls(member, hits),
      errors: workerErrors,
      open: link => this.#open(member, hits, link),
      endedEarly: cause =>
        new LongshoreError('LS_WORKERS_START', `worker ${name} ended while it started (${cause}).`, {
          fix: 'Its log says why.',
        }),
      onUp: () => {
        if (this.#isServing) log.info({ worker: name, pid: member.process.pid }, 'the worker is back');
      },
      onEnd: (cause, pauseMs) => {
        member.ended();
        this.#claims.gone(name);
        if (pauseMs === undefined) return;
        restarts.inc();
        log.error({ worker: name, cause, restart_in_ms: pauseMs }, 'a worker ended unexpectedly');
      },
      onFailure: error => log.error({ worker: name, error: messageOf(error) }, 'could not restart a worker'),
    };
  }

  async #open(member: Member, hits: HitTaker, link: Link<WorkerCalls, PrimaryCalls>): Promise<void> {
    const { name } = member;
    const keys = await link.request('open').catch(({ code, what, where, fix }: LongshoreError) => {
      throw new LongshoreError(code, `worker ${name}: ${what}`, { where, fix });
    });
    this.#claims.recovered(name, keys);
    hits.opened();
    // At the start all serve together.
    if (this.#isServing) await this.#serveOne(member, link);
  }

  async #serveOne(member: Member, link: Link<WorkerCalls, PrimaryCalls>): Promise<InputPorts> {
    this.#starting.add(member);
    try {
      await this.#bringUp(member, link);
      const ports = await link.request('serve');
      // Between the last look and this nothing else runs: a reload finds it here or there.
      while (member.texts !== this.#texts) await this.#bringUp(member, link);
      member.serves();
      for (const entry of member.undelivered) member.deliver(entry);
      return ports;
    } finally {
      this.#starting.delete(member);
    }
  }

  /** To the owner, and to the one that takes its place if it dies with it: the key tells what is known there. */
  #deliver(owner: string, delivery: JoinDelivery): Promise<void> {
    if (this.#claims.isAccepted(delivery.key)) return Promise.resolve();
    const member = this.#members.get(owner)!;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry = { delivery, resolve, reject };
    member.undelivered.add(entry);
    const forget = () => member.undelivered.delete(entry);
    promise.then(forget, forget);
    if (member.isServing || !this.#isServing) member.deliver(entry);
    return promise;
  }

  async #tailOf(member: Member, request: TailRequest, signal: AbortSignal | undefined): Promise<TailResult> {
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), TAIL_WAIT_MS);
    try {
      for (;;) {
        // What a worker recovers is found when the store has it, as after a start.
        const isThere = await Promise.race([member.serving.then(() => member.adopted), late.promise]);
        if (isThere === undefined) break;
        const found = await Promise.race([
          member.process.link?.request('tail', request, signal).catch(ignoreGone),
          late.promise,
        ]);
        if (found !== undefined) return found;
        if (member.isServing) break;
      }
    } finally {
      clearTimeout(timer);
    }
    log.warn(
      { worker: member.name, is_serving: member.isServing },
      'a search did not include the newest events of a worker',
    );
    return { chunks: [], events: [], isComplete: false };
  }

  #calls(member: Member, hits: HitTaker): PrimaryCalls {
    const { settings, node, names, sink } = this.#deps;
    const claims = this.#claims;
    const { name } = member;
    const answers: [string, ClaimVerdict][] = [];
    const answer = (key: string, verdict: ClaimVerdict): void => {
      answers.push([key, verdict]);
      if (answers.length > 1) return;
      queueMicrotask(() => member.process.link?.notify('verdicts', answers.splice(0)));
    };
    return {
      hello: () => {
        const texts = this.#texts;
        member.texts = texts;
        return {
          ...{ name, node, workers: names, settings, texts },
          hitsAfter: hits.persisted(),
          isWatchedLive: !this.live.isEmpty,
        };
      },
      adopted: () => member.isAdopted(),
      claims: keys => {
        for (const key of keys) claims.claim(key, name, verdict => answer(key, verdict));
      },
      done: keys => {
        for (const key of keys) claims.done(key);
      },
      failed: keys => {
        for (const key of keys) claims.failed(key, name);
      },
      deliver: ({ owner, delivery }) => this.#deliver(owner, delivery),
      hits: ({ hits: found, position }) => {
        hits.take(found.map(bareAlertHit), position);
      },
      status: ({ at, refusal, ledger }) => {
        member.refusal = refusal;
        member.ledger = ledger;
        hits.watermark(at);
      },
      live: found => {
        for (const event of found) this.live.publish(bareEvent(event));
      },
      ...sink,
    };
  }
}

/** The hits that its spool keeps. */
function hitsOf(member: Member): HitSource {
  return {
    releaseHits: position => member.process.link?.notify('releaseHits', position),
    reread: async (after, maxBytes) => {
      const { positions, isAll } = await member.link.request('reread', { after, maxBytes });
      const bare = positions.map(({ position, hits }) => ({ position, hits: hits.map(bareAlertHit) }));
      return { positions: bare, isAll };
    },
  };
}

const bareAlertHit = ({ rule, id, event }: AlertHit): AlertHit => ({ rule, id, event: bareEvent(event) });

/** Its next process begins with what is current. */
function ignoreGone(error: unknown): undefined {
  if (!isGone(error)) throw error;
}
