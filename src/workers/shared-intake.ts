import { type Key, keyOf } from '../buffer/spool/accepted.ts';
import type { EventMeta, Fields, Frame } from '../core/event.ts';
import type { ActiveDefinitions, OtherJoiners } from '../ingest/documents.ts';
import { Draft } from '../ingest/draft.ts';
import { Intake, type IntakeDeps } from '../ingest/intake.ts';
import * as metrics from '../ingest/intake-metrics.ts';
import { decodePiece, encodePiece, type PieceRecord } from '../parse/join/piece.ts';
import { placeOfLine, placeOfPiece } from '../parse/join/place.ts';
import { Deliveries } from './deliveries.ts';
import { movePieces, ownerOfWaiting } from './move-pieces.ts';
import { type JoinDelivery, type Peers, piecesOf } from './peers.ts';
import { WarmStreams } from './warm-streams.ts';

/**
 * Intake where several workers share the sockets: a frame is asked for before it is parsed, for it may have come to
 * another one, too; and all records of one place are joined by one worker.
 */
export class SharedIntake extends Intake {
  /** Each frame has a claim of its own. */
  override readonly takesMessages = false;
  readonly peers: Peers;
  readonly #spool: IntakeDeps['spool'];
  /** Of the last run; others join them now. */
  #strangers: PieceRecord[] = [];

  constructor(peers: Peers, deps: IntakeDeps, definitions: ActiveDefinitions) {
    super(deps, definitions, new Joiners(peers));
    this.peers = peers;
    this.#spool = deps.spool;
  }

  /** One process after several: frames and deliveries may be known to a spool that is left over. */
  static afterSeveral(
    name: string,
    isKnown: (key: Key) => boolean,
    deps: IntakeDeps,
    definitions: ActiveDefinitions,
  ): SharedIntake {
    const intake: SharedIntake = new SharedIntake(
      {
        name,
        claim: async key => (isKnown(keyOf(key)) ? 'known' : 'go'),
        done: () => {},
        failed: () => {},
        ownerOf: () => name,
        deliver: async (_owner, delivery) => {
          if (!isKnown(keyOf(delivery.key))) await intake.takeDelivery(delivery);
        },
      },
      deps,
      definitions,
    );
    return intake;
  }

  override restore(pieces: readonly PieceRecord[], now: number): void {
    const { name } = this.peers;
    const isOurs = (piece: PieceRecord) => (ownerOfWaiting(piece, this.peers) ?? name) === name;
    this.#strangers = pieces.filter(piece => !isOurs(piece));
    super.restore(pieces.filter(isOurs), now);
  }

  /** Hands over what waits here and belongs to other workers since their number was changed. */
  async moveStrangers(): Promise<void> {
    await movePieces(this.#spool, this.#strangers.splice(0), this.peers);
  }

  /** Resolves when the records that another worker had in its hands are durable here (or were before). */
  takeDelivery(delivery: JoinDelivery): Promise<void> {
    const { key: hex, sender, receivedAt, isMoved } = delivery;
    const key = keyOf(hex);
    const known = this.known(hex, key);
    if (known !== undefined) return known;
    const { refusal } = this.#spool;
    if (refusal !== undefined) return Promise.reject(refusal);
    const pieces = piecesOf(delivery).map(decodePiece);
    const draft = this.draft();
    draft.key = key;
    this.documents.begin();
    if (isMoved) {
      for (const piece of pieces) draft.hold(piece);
      super.restore(pieces, receivedAt);
    } else for (const piece of pieces) this.documents.join(piece, draft, sender);
    this.armJoins(receivedAt);
    const taken = this.send(draft, receivedAt).finally(() => this.inFlight.delete(hex));
    this.inFlight.set(hex, taken);
    return taken;
  }

  protected override draft(): SharedDraft {
    return new SharedDraft(this.settled);
  }

  protected override take(frame: Frame, draft: SharedDraft): Promise<void> {
    const { digest } = draft;
    // It is on its way until the others know, not only until it is durable here.
    draft.digest = undefined;
    const taking = this.#takeAmongPeers(frame, draft, digest);
    if (digest !== undefined) this.inFlight.set(digest, taking);
    return taking;
  }

  async #takeAmongPeers(frame: Frame, draft: SharedDraft, digest: string | undefined): Promise<void> {
    const waiting = {};
    this.pending.set(waiting, frame.receivedAt);
    const hex = draft.key?.hex;
    try {
      if (hex !== undefined && (await this.peers.claim(hex)) === 'known') {
        metrics.duplicates.inc();
        return;
      }
      try {
        this.parse(frame, draft);
        await this.send(draft, frame.receivedAt);
      } catch (error) {
        if (hex !== undefined) this.peers.failed(hex);
        throw error;
      }
      if (hex !== undefined) this.peers.done(hex);
    } finally {
      this.pending.delete(waiting);
      if (digest !== undefined) this.inFlight.delete(digest);
    }
  }

  /** Records that are joined elsewhere are durable there before the rest is here. */
  protected override send(draft: SharedDraft, receivedAt: number): Promise<void> {
    if (draft.deliveries === undefined) return super.send(draft, receivedAt);
    draft.endRun(this.#spool.pages);
    return draft.deliveries.deliver(this.peers, receivedAt).then(() => super.send(draft, receivedAt));
  }
}

class SharedDraft extends Draft {
  /** Records on their way to those who join them. */
  deliveries: Deliveries | undefined = undefined;
  #warm: WarmStreams | undefined;

  /** It is no frame's: its records are those of a delivery, or waited here, and joins of the own places go on with them. */
  get isForJoins(): boolean {
    return this.idBase === '';
  }

  /** Streams of this frame alone. */
  get warmStreams(): WarmStreams {
    this.#warm ??= new WarmStreams();
    return this.#warm;
  }
}

/** Sends records to those who join them, this worker among them; all but those that have come this way already. */
class Joiners implements OtherJoiners {
  readonly #peers: Peers;
  readonly #warmStreams = new WarmStreams();

  constructor(peers: Peers) {
    this.#peers = peers;
  }

  takePiece(record: Fields, meta: EventMeta, id: string, draft: SharedDraft, sender: string): boolean {
    const place = placeOfPiece(record, sender, meta.tag);
    return place !== undefined && this.#take(place, { kind: 'docker', record, meta, id, key: '' }, draft, sender);
  }

  takeLine(
    record: Fields,
    meta: EventMeta,
    id: string,
    draft: SharedDraft,
    sender: string,
    isJoinable: boolean,
  ): boolean {
    const place = placeOfLine(record, sender);
    if (place === undefined) return false;
    // A frame with a chunk id may come again, to another worker: its lines must go the same ways, or be stored twice.
    const streams = draft.key === undefined ? this.#warmStreams : draft.warmStreams;
    if (!streams.takes(place, meta.receivedAt, draft.isForJoins || isJoinable)) return false;
    return this.#take(place, { kind: 'multiline', record, meta, id, key: '' }, draft, sender);
  }

  #take(place: string, piece: PieceRecord, draft: SharedDraft, sender: string): boolean {
    const owner = this.#peers.ownerOf(place);
    if (draft.isForJoins && owner === this.#peers.name) return false;
    draft.deliveries ??= new Deliveries();
    draft.deliveries.add(owner, place, sender, encodePiece(piece));
    return true;
  }
}
