import type { HitSource, HitTaker } from '../../alerts/hit-source.ts';
import { keyOf } from '../../buffer/spool/accepted.ts';
import type { Lifecycle, LiveEvents, Tail } from '../../core/contracts.ts';
import type { UserContent, UserTexts } from '../../definitions/user-content.ts';
import type { Hits } from '../../evaluator/hits.ts';
import { type Ingest, openIngest } from '../../ingest/ingest.ts';
import { Intake } from '../../ingest/intake.ts';
import { type InputPorts, removeDeadSockets, SocketInputs } from '../../inputs/inputs.ts';
import type { LedgerCounts } from '../../ledger/ledger.ts';
import { localTail } from '../../store/tail.ts';
import { Claims } from '../../workers/claims.ts';
import { WorkerGroup } from '../../workers/group.ts';
import { OrphanSpools } from '../../workers/orphans.ts';
import type { Peers } from '../../workers/peers.ts';
import type { PrimarySink } from '../../workers/protocol.ts';
import { SharedIntake } from '../../workers/shared-intake.ts';
import type { Settings } from '../settings.ts';
import { ingestOf, workerOf } from '../slices.ts';

export interface IngestRoleDeps {
  readonly sink: PrimarySink;
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
    parts: { orphans: OrphanSpools; group: WorkerGroup | undefined; own: Ingest; taker: HitTaker },
  ) {
    const { orphans, group, own, taker } = parts;
    this.#deps = deps;
    this.#orphans = orphans;
    this.#group = group;
    this.#own = own;
    this.#live = group === undefined ? own.live : bothLive(own.live, group.live);
    const ownTail = localTail(own.spool);
    this.tail = group === undefined ? ownTail : bothTails(ownTail, group);
    this.#inputs = group === undefined ? new SocketInputs(deps.settings.inputs, own.intake) : undefined;
    this.#watermark = setInterval(
      () => taker.watermark(own.intake.watermark(Date.now())),
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
    const orphans = new OrphanSpools({
      settings: ingestSettings,
      dataDir,
      names,
      hits: (name, spool) => hits.add(sourceOf(name), spool, false),
    });
    started('spools of former workers', orphans);
    await orphans.open();

    const alive = (name: string, spool: HitSource) => hits.add(sourceOf(name), spool, true);
    const claims = new Claims(ingestSettings.spool);
    const group =
      names.length === 0
        ? undefined
        : new WorkerGroup(
            { names, settings: workerSettings, node, claims, sink: deps.sink, hits: alive },
            content.texts,
            deps.version,
          );
    if (group !== undefined) started('workers', { stop: () => group.stop(deps.msLeft()) });
    const opening = group?.start();
    opening?.catch(() => {});
    let own: Ingest<SharedIntake>;
    // One process after several: frames and deliveries may be known to a spool that is left over.
    const solo: Peers = {
      name: OWN,
      claim: async key => (orphans.isAccepted(keyOf(key)) ? 'known' : 'go'),
      done: () => {},
      failed: () => {},
      ownerOf: () => OWN,
      deliver: async (_owner, delivery) => {
        if (!orphans.isAccepted(keyOf(delivery.key))) await own.intake.takeDelivery(delivery);
      },
    };
    const peers = group?.peers ?? (orphans.names.length > 0 ? solo : undefined);
    let taker: HitTaker;
    const ingest = await openIngest(
      {
        settings: ingestSettings,
        dataDir,
        worker: OWN,
        definitions: content,
        hits: spool => {
          taker = alive(OWN, spool);
          return taker;
        },
        ownsChunksOf: worker => !names.includes(worker) && !orphans.names.includes(worker),
      },
      (...parts) => (peers === undefined ? new Intake(...parts) : new SharedIntake(peers, ...parts)),
    );
    started('spool', { stop: signal => ingest.spool.close(signal) });
    started('intake', { stop: () => ingest.intake.finish(Date.now()) });
    if (peers !== undefined) own = ingest as Ingest<SharedIntake>;
    if (group !== undefined) {
      for (const keys of [ingest.spool.acceptedKeys(), ...orphans.acceptedKeys()]) claims.recovered(OWN, keys);
      await opening;
      await own!.intake.moveStrangers();
    }
    await orphans.movePieces(group?.peers ?? solo, names[0] ?? OWN);
    return new IngestRole(deps, { orphans, group, own: ingest, taker: taker! });
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
    const { sink, concurrency } = this.#deps;
    await Promise.all([
      this.#own.spool.offerTo(sink.accept, concurrency),
      this.#orphans.offerTo(sink.accept, concurrency),
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
    this.#own.intake.replace(content);
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

function bothLive(own: LiveEvents, workers: LiveEvents): LiveEvents {
  return {
    subscribe: listener => {
      const ends = [own.subscribe(listener), workers.subscribe(listener)];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}
