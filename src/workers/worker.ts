import { join } from 'node:path';
import type { HitSource, HitTaker } from '../alerts/hit-source.ts';
import type { FolderLock } from '../base/disk/folder-lock.ts';
import { type Channel, Link } from '../base/process/link.ts';
import { stopEach } from '../base/process/parts.ts';
import { faultPoint } from '../core/fault.ts';
import { logger } from '../core/log.ts';
import { exportMetrics } from '../core/metrics.ts';
import { lockDataDirSoon } from '../data/data-dir.ts';
import { loadUserContent, type UserContent } from '../definitions/user-content.ts';
import { type Ingest, openIngest } from '../ingest/ingest.ts';
import { SocketInputs } from '../inputs/inputs.ts';
import { searchTail } from '../store/tail.ts';
import { LiveSender } from './live.ts';
import { type Hello, type PrimaryCalls, type WorkerCalls, workerErrors } from './protocol.ts';
import { SharedIntake } from './shared-intake.ts';
import { WorkerPeers } from './worker-peers.ts';
import { makeWorkerSink, type WorkerSink } from './worker-sink.ts';

const log = logger('workers');
const WATERMARK_INTERVAL_MS = 1000;

/** One of the processes that share the sockets: inputs, intake, joins and a spool of its own. Everything else is the primary's. */
export class Worker {
  readonly #env: NodeJS.ProcessEnv;
  readonly #link: Link<PrimaryCalls, WorkerCalls>;
  readonly #onHello: (hello: Hello) => void;
  readonly #ended = Promise.withResolvers<'stopped'>();
  #hello!: Hello;
  #peers!: WorkerPeers;
  #ingest!: Ingest<SharedIntake>;
  #hits!: HitSource;
  #live!: LiveSender;
  #inputs: SocketInputs | undefined;
  #sink!: WorkerSink;
  #prepared: { version: number; content: UserContent } | undefined;
  /** Held to the end of the process. */
  #lock: FolderLock | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(channel: Channel, env: NodeJS.ProcessEnv, onHello: (hello: Hello) => void) {
    this.#env = env;
    this.#onHello = onHello;
    this.#link = new Link<PrimaryCalls, WorkerCalls>(channel, this.#calls(), workerErrors);
  }

  /** Resolves when the primary has stopped it. Who calls ends the process then, and when the primary is gone. */
  get ended(): Promise<'stopped'> {
    return this.#ended.promise;
  }

  async #open(): Promise<Uint8Array> {
    const hello = await this.#link.request('hello');
    this.#hello = hello;
    this.#onHello(hello);
    const { settings, name } = hello;
    const lock = await lockDataDirSoon(join(settings.data_dir, 'spool', name));
    this.#lock = lock;
    try {
      const content = loadUserContent(settings.definitions, this.#env, hello.texts);
      this.#sink = await makeWorkerSink(hello, this.#link);
      await this.#sink.start();
      this.#peers = new WorkerPeers(this.#link, name, hello.workers);
      this.#ingest = await openIngest(
        {
          settings: settings.ingest,
          dataDir: settings.data_dir,
          worker: name,
          definitions: content,
          hits: spool => this.#toPrimary(spool, hello.hitsAfter),
          ownsChunksOf: worker => worker === name,
        },
        (...parts) => new SharedIntake(this.#peers, ...parts),
      );
      this.#live = new LiveSender(this.#ingest.live, hits => this.#link.notify('live', hits));
      this.#live.watch(hello.isWatchedLive);
      return this.#ingest.spool.acceptedKeys();
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  #toPrimary(spool: HitSource, hitsAfter: number | undefined): HitTaker {
    this.#hits = spool;
    return {
      persisted: () => hitsAfter,
      take: (hits, position) => this.#link.notify('hits', { hits: [...hits], position }),
      // Both are told with others: `recovered`, and `status`.
      opened: () => {},
      watermark: () => {},
    };
  }

  async #serve() {
    const { settings } = this.#hello;
    const { spool, intake } = this.#ingest;
    spool
      .offerTo(chunk => this.#sink.accept(chunk), this.#sink.concurrency)
      .then(
        () => this.#link.notify('adopted'),
        () => {},
      );
    this.#inputs = new SocketInputs(settings.inputs, intake);
    await this.#inputs.start();
    this.#tell();
    this.#timer = setInterval(() => this.#tell(), WATERMARK_INTERVAL_MS).unref();
    return this.#inputs.ports;
  }

  #tell(): void {
    const { spool, intake } = this.#ingest;
    const at = intake.watermark(Date.now());
    this.#link.notify('status', { at, refusal: spool.trouble, ledger: spool.ledger() });
  }

  async #stop(ms: number): Promise<void> {
    const deadline = AbortSignal.timeout(Math.max(1, ms));
    clearInterval(this.#timer);
    const stops = [
      ['ingest', () => this.#ingest.close(deadline)],
      ['sink', () => this.#sink.stop(deadline)],
      ['lock', () => this.#lock?.release()],
    ] as const;
    await stopEach(stops, log);
    // After the answer to this.
    setImmediate(() => this.#ended.resolve('stopped'));
  }

  #calls(): WorkerCalls {
    return {
      open: () => this.#open(),
      verdicts: all => this.#peers.verdicts(all),
      move: () => this.#ingest.intake.moveStrangers(),
      serve: () => this.#serve(),
      deliver: async delivery => {
        await this.#ingest.intake.takeDelivery(delivery);
        faultPoint('workers.after_delivery');
      },
      tail: (request, signal) => searchTail(this.#ingest.spool.snapshot(), request, signal),
      releaseHits: position => this.#hits.releaseHits(position),
      reread: ({ after, maxBytes }) => this.#hits.reread(after, maxBytes),
      hold: ms => this.#ingest.spool.gate.shut(ms),
      release: () => this.#ingest.spool.gate.open(),
      watch: isWatched => this.#live?.watch(isWatched),
      metrics: () => exportMetrics(),
      prepare: ({ texts, version }) => {
        this.#prepared = { version, content: loadUserContent(this.#hello.settings.definitions, this.#env, texts) };
      },
      commit: version => {
        if (this.#prepared?.version !== version) return;
        this.#ingest.intake.replace(this.#prepared.content);
        this.#prepared = undefined;
        log.info({ version }, 'reloaded');
      },
      stopInputs: async ({ ms }) => {
        this.#ingest.spool.prepareToClose();
        await this.#inputs?.stop(AbortSignal.timeout(Math.max(1, ms)));
      },
      stop: ({ ms }) => this.#stop(ms),
    };
  }
}
