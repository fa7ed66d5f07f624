import { compileMatcher } from '../../alerts/match.ts';
import type { Lifecycle, LiveEvents, Tail } from '../../core/contracts.ts';
import type { UserContent, UserTexts } from '../../definitions/user-content.ts';
import type { Hits } from '../../evaluator/hits.ts';
import { Ingest } from '../../ingest/ingest.ts';
import type { Peers } from '../../ingest/peers.ts';
import type { HitSource } from '../../ingest/spool-hits.ts';
import { type InputPorts, removeDeadSockets, SocketInputs } from '../../inputs/inputs.ts';
import type { LedgerCounts } from '../../ledger/ledger.ts';
import { localTail } from '../../store/tail.ts';
import { Claims } from '../../workers/claims.ts';
import { WorkerGroup } from '../../workers/group.ts';
import { bareHit, MergedLive } from '../../workers/live.ts';
import { OrphanSpools } from '../../workers/orphans.ts';
import type { PrimaryCalls } from '../../workers/protocol.ts';
import type { Settings } from '../settings.ts';
import { ingestOf, workerOf } from '../slices.ts';

export interface IngestRoleDeps extends Pick<PrimaryCalls, 'accept' | 'keep' | 'wrote' | 'refused' | 'abandoned'> {
  readonly settings: Settings;
  readonly dataDir: string;
  readonly node: string;
  readonly content: UserContent;
  readonly version: number;
  readonly hits: Hits;
  readonly concurrency: number;
  /** Until the stop has to be over; of use while it runs. */
  readonly msLeft: () => number;
}

const OWN = 'w0';
const WATERMARK_INTERVAL_MS = 1000;

/**
 * Intake of the whole process: its own spool `w0`, the workers that share the sockets, where there are some, and what
 * workers of an earlier configuration have left.
 */
export class IngestRole {
  readonly #deps: IngestRoleDeps;
  readonly #orphans: OrphanSpools;
  readonly #group: WorkerGroup | undefined;
  readonly #own: Ingest;
  readonly #live: LiveEvents;
  readonly #inputs: SocketInputs | undefined;
  readonly #watermark: NodeJS.Timeout;
  readonly tail: Tail;
  #isAdopted = false;

  private constructor(
    deps: IngestRoleDeps,
    parts: { orphans: OrphanSpools; group: WorkerGroup | undefined; own: Ingest; live: MergedLive | undefined },
  ) {
    const { orphans, group, own, live } = parts;
    this.#deps = deps;
    this.#orphans = orphans;
    this.#group = group;
    this.#own = own;
    this.#live = live ?? own.intake;
    const ownTail = localTail(own.spool);
    this.tail = group === undefined ? ownTail : bothTails(ownTail, group);
    this.#inputs = group === undefined ? new SocketInputs(deps.settings.inputs, own.intake) : undefined;
    this.#watermark = setInterval(
      () => deps.hits.watermark(this.#sourceOf(OWN), own.intake.watermark(Date.now())),
      WATERMARK_INTERVAL_MS,
    ).unref();
  }

  /** Reads all spools; the store need not be there yet. After this, frames may come and nothing has been offered. */
  static async open(deps: IngestRoleDeps, started: (name: string, part: Pick<Lifecycle, 'stop'>) => void) {
    const { settings, dataDir, content, hits, node } = deps;
    const ingestSettings = ingestOf(settings);
    const workerSettings = workerOf(settings);
    const sourceOf = (name: string) => `${node}/${name}`;
    const names = settings.workers === 1 ? [] : Array.from({ length: settings.workers }, (_, i) => `w${i + 1}`);
    const orphans = new OrphanSpools({ settings: ingestSettings, dataDir, names, hits, sourceOf });
    started('spools of former workers', orphans);
    await orphans.open();

    const claims = new Claims(ingestSettings.spool);
    let own: Ingest | undefined;
    let live: MergedLive | undefined;
    const group =
      names.length === 0
        ? undefined
        : new WorkerGroup(
            {
              ...deps,
              names,
              claims,
              hello: name => {
                const hitsAfter = hits.persisted(sourceOf(name));
                return { settings: workerSettings, node, hitsAfter, isWatchedLive: live?.isWatched ?? false };
              },
              onOpened: name => hits.opened(sourceOf(name)),
              onHits: (name, { hits: found, position }) => {
                const events = found.map(({ rule, id, event }) => ({ rule, id, event: bareHit(event) }));
                hits.take(sourceOf(name), events, position);
              },
              onWatermark: (name, at) => hits.watermark(sourceOf(name), at),
              live: found => live?.publish(found.map(bareHit)),
            },
            content.texts,
            deps.version,
          );
    // Nothing is evaluated beyond what all of them have told.
    for (const name of names) hits.add(sourceOf(name), group!.hitSource(name), true);
    if (group !== undefined) started('workers', { stop: () => group.stop(deps.msLeft()) });
    const spoolSource: HitSource = {
      releaseHits: position => own?.spool.releaseHits(position),
      reread: async (after, maxBytes) => own?.hits.reread(after, maxBytes) ?? { positions: [], isAll: false },
    };
    hits.add(sourceOf(OWN), spoolSource, true);
    const opening = group?.start();
    opening?.catch(() => {});
    // One process after several: a piece that a worker joined, of a frame that no worker could keep, has a key of its own.
    const solo: Peers = {
      name: OWN,
      claim: async () => 'go',
      done: () => {},
      failed: () => {},
      ownerOf: () => OWN,
      deliver: (_owner, delivery) => own!.intake.takeDelivery(delivery),
    };
    own = await Ingest.open({
      settings: ingestSettings,
      dataDir,
      worker: OWN,
      pipelines: content.pipelines,
      match: compileMatcher(content.rules),
      onHits: (found, position) => hits.take(sourceOf(OWN), found, position),
      hitsAfter: hits.persisted(sourceOf(OWN)),
      peers: group?.peers ?? (orphans.names.length > 0 ? solo : undefined),
      ownsChunksOf: worker => !names.includes(worker) && !orphans.names.includes(worker),
      isAcceptedElsewhere: group === undefined ? key => orphans.isAccepted(key) : undefined,
      abandoned: (chunk, { code, what }) => deps.abandoned({ chunk, code, what }),
    });
    hits.opened(sourceOf(OWN));
    const ingest = own;
    started('spool', { stop: signal => ingest.spool.close(signal) });
    started('intake', { stop: () => ingest.intake.finish(Date.now()) });
    if (group !== undefined) {
      live = new MergedLive(ingest.intake, isWatched => group.watch(isWatched));
      for (const keys of [ingest.spool.acceptedKeys(), ...orphans.acceptedKeys()]) claims.recovered(OWN, keys);
      await opening;
      await ingest.moveStrangers();
    }
    await orphans.movePieces(group?.peers ?? solo, names[0] ?? OWN);
    return new IngestRole(deps, { orphans, group, own: ingest, live });
  }

  /** The intake of this process, for HTTP and for what it sends itself. */
  get own(): Ingest {
    return this.#own;
  }

  get live(): LiveEvents {
    return this.#live;
  }

  /** With the store running: chunks are offered, oldest first. Resolves when those of the last run are taken, also by workers. */
  async offer(): Promise<void> {
    const { accept, concurrency } = this.#deps;
    await Promise.all([
      this.#own.spool.offerTo(accept, concurrency),
      this.#orphans.offerTo(accept, concurrency),
      this.#group?.adopted,
    ]);
    this.#isAdopted = true;
  }

  /** Last of all: senders may come. */
  async listen(): Promise<InputPorts> {
    if (this.#group !== undefined) {
      await removeDeadSockets(this.#deps.settings.inputs);
      return this.#group.serve();
    }
    await this.#inputs!.start();
    return this.#inputs!.ports;
  }

  async stopInputs(signal: AbortSignal): Promise<void> {
    this.#own.spool.prepareToClose();
    await this.#inputs?.stop(signal);
    await this.#group?.stopInputs(this.#deps.msLeft());
    clearInterval(this.#watermark);
  }

  /** Why not everything can be taken in, or found. */
  reasons(): string[] {
    const { trouble } = this.#own.spool;
    return [
      ...(this.#isAdopted ? [] : ['the store is still taking over what the last run left']),
      ...(trouble === undefined ? [] : [trouble]),
      ...(this.#group?.reasons() ?? []),
    ];
  }

  /** All spools stand still until `release`, for a backup. */
  async hold(ms: number): Promise<void> {
    await Promise.all([this.#own.spool.gate.shut(ms), this.#group?.hold(ms)]);
  }

  async release(): Promise<void> {
    this.#own.spool.gate.open();
    this.#group?.release();
  }

  metrics(): Promise<object[][]> {
    return this.#group?.metrics() ?? Promise.resolve([]);
  }

  /** What every spool counts. */
  ledgers(): LedgerCounts[] {
    return [this.#own.spool.ledger(), ...this.#orphans.ledgers(), ...(this.#group?.ledgers() ?? [])];
  }

  prepare(texts: UserTexts, version: number): Promise<void> {
    return this.#group?.prepare(texts, version) ?? Promise.resolve();
  }

  async commit(content: UserContent, version: number): Promise<void> {
    await this.#group?.commit(content.texts, version);
    this.#own.replace(content.pipelines, compileMatcher(content.rules));
  }

  #sourceOf(name: string): string {
    return `${this.#deps.node}/${name}`;
  }
}

function bothTails(own: Tail, workers: Tail): Tail {
  return {
    search: async request => {
      const [a, b] = await Promise.all([own.search(request), workers.search(request)]);
      const isComplete = a.isComplete && b.isComplete;
      return { chunks: [...a.chunks, ...b.chunks], hits: [...a.hits, ...b.hits], isComplete };
    },
  };
}
