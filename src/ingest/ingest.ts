import { randomBytes } from 'node:crypto';
import type { AlertHit } from '../alerts/engine.ts';
import type { Matcher } from '../alerts/match.ts';
import { regexpFinding } from '../base/regexp/limit-notice.ts';
import { lineBudgets } from '../base/regexp/line-budgets.ts';
import type { Key } from '../buffer/spool/accepted.ts';
import { Spool } from '../buffer/spool/spool.ts';
import type { Chunk } from '../core/contracts.ts';
import type { LongshoreError } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { Joiner } from '../parse/join/joiner.ts';
import { decodePiece, type EncodedPiece, encodePiece } from '../parse/join/piece.ts';
import type { PipelineSet } from '../parse/pipelines.ts';
import { createAdmit } from '../schema/admit.ts';
import { createConform } from '../schema/conform.ts';
import { levelOfText } from '../schema/level-text.ts';
import { writeDocument } from '../schema/serialise.ts';
import { indexOfDay } from '../store/elasticsearch/index-name.ts';
import { Intake } from './intake.ts';
import { movePieces, ownerOfWaiting } from './move-pieces.ts';
import type { Peers } from './peers.ts';
import type { IngestSettings } from './settings.ts';
import { spoolDeps } from './spool-deps.ts';
import { type HitSource, hitsOfSpool, spoolHits } from './spool-hits.ts';
import { waitingEvents } from './waiting-events.ts';

const log = logger('expressions');

export interface IngestDeps {
  readonly settings: IngestSettings;
  readonly dataDir: string;
  /** `w0`, `w1`, ... */
  readonly worker: string;
  readonly pipelines: PipelineSet;
  match: Matcher;
  /** Durable hits, in order; those of the last run that may not have been counted come first, while this opens. */
  readonly onHits: (hits: AlertHit[], position: number) => void;
  /** Hits up to this position have been counted durably. */
  readonly hitsAfter: number | undefined;
  readonly peers?: Peers | undefined;
  /** Whether chunks of a worker that lie in `chunkDir` are this spool's to offer. Default: all. */
  readonly ownsChunksOf?: (worker: string) => boolean;
  /** Frames that another spool of this process knows. */
  readonly isAcceptedElsewhere?: ((key: Key) => boolean) | undefined;
  /** A chunk that can never be stored; see `SpoolDeps`. */
  readonly abandoned?: ((chunk: Chunk, error: LongshoreError) => Promise<boolean>) | undefined;
}

/** From frames to durable documents: one spool with its intake and its joins. A process has one of these, each worker another. */
export class Ingest {
  readonly spool: Spool;
  readonly intake: Intake;
  /** Its hits, for whoever evaluates them. */
  readonly hits: HitSource;
  readonly #deps: IngestDeps;
  /** Pieces of the last run that others join now. */
  #strangers: EncodedPiece[];

  private constructor(
    deps: IngestDeps,
    parts: { spool: Spool; intake: Intake; hits: HitSource },
    strangers: EncodedPiece[],
  ) {
    const { spool, intake, hits } = parts;
    this.#deps = deps;
    this.hits = hits;
    this.spool = spool;
    this.intake = intake;
    this.#strangers = strangers;
  }

  static async open(deps: IngestDeps): Promise<Ingest> {
    const { settings, peers } = deps;
    const base = spoolDeps(settings, deps.dataDir, deps.worker);
    const parse = base.parseStored;
    let ingest: Ingest | undefined;
    const joiner = new Joiner(settings.join, levelOfText);
    const spool = new Spool({
      ...base,
      ownsChunksOf: deps.ownsChunksOf,
      ...(deps.abandoned === undefined ? {} : { abandoned: deps.abandoned }),
      onDurable: (position, entries) => {
        const hits: AlertHit[] = [];
        ingest!.intake.onDurable(entries, stored => {
          for (const rule of stored.rules!)
            hits.push({ rule, id: stored.id, event: stored.event.fields as AlertHit['event'] });
        });
        if (hits.length > 0) deps.onHits(hits, position);
      },
      onRejected: entries => ingest?.intake.onRejected(entries),
      waiting: () => waitingEvents(joiner.open(), spool.containers),
    });
    const recovered = await spool.open(deps.hitsAfter ?? 0, deps.hitsAfter !== undefined);
    lineBudgets.setLimits(settings.expressions);
    const regexps = regexpFinding();
    if (regexps.severity === 'warning') log.warn(`${regexps.what} ${regexps.fix}`);
    const elsewhere = deps.isAcceptedElsewhere;
    const intake = new Intake({
      form: settings.form,
      spool: elsewhere === undefined ? spool : alsoKnowing(spool, elsewhere),
      joiner,
      admit: createAdmit(settings.event),
      conform: createConform(settings.event),
      write: writeDocument,
      match: event => deps.match(event),
      encodePiece,
      indexOf: indexOfDay(settings.index),
      bootId: `b${Date.now().toString(36)}${randomBytes(4).toString('hex')}`,
      firstSeq: recovered.seq,
      pipelines: deps.pipelines,
      peers,
    });
    const isStranger = (piece: EncodedPiece) =>
      peers !== undefined && (ownerOfWaiting(piece, peers) ?? peers.name) !== peers.name;
    intake.restore(
      recovered.pieces.filter(piece => !isStranger(piece)).map(piece => decodePiece(piece)),
      Date.now(),
    );
    const hits = spoolHits(spool, parse);
    ingest = new Ingest(deps, { spool, intake, hits }, recovered.pieces.filter(isStranger));
    for (const one of recovered.hits) deps.onHits(hitsOfSpool(one, parse), one.position);
    return ingest;
  }

  /** Hands over what waits here and belongs to other workers since their number was changed. */
  async moveStrangers(): Promise<void> {
    const strangers = this.#strangers;
    this.#strangers = [];
    await movePieces(this.spool, strangers, this.#deps.peers!);
  }

  /** What a reload brings; takes effect with the next frame. */
  replace(pipelines: PipelineSet, match: Matcher): void {
    this.intake.pipelines = pipelines;
    this.#deps.match = match;
  }
}

function alsoKnowing(spool: Spool, elsewhere: (key: Key) => boolean) {
  return {
    pages: spool.pages,
    containers: spool.containers,
    get refusal() {
      return spool.refusal;
    },
    append: spool.append.bind(spool),
    isAccepted: (key: Key) => spool.isAccepted(key) || elsewhere(key),
  };
}
