import { DAY_MS } from '../../base/time/duration.ts';
import { LongshoreError } from '../../core/errors.ts';
import { compileMatchers, type LabelPredicate, type Labels, sameMatchers } from './matcher.ts';
import { checkSilence, type NewSilence, type Silence, silenceState } from './silence.ts';
import { type Kept, SilenceIndex } from './silence-index.ts';

export interface SilenceStoreDependencies {
  readonly newId: () => string;
  /** Silences that are pending or active at a time. */
  readonly limit: number;
  /** Something is to be written. */
  readonly onChange?: (() => void) | undefined;
}

/** So long one that has ended is still shown: Alertmanager's `data.retention`. */
const KEEP_EXPIRED_MS = 5 * DAY_MS;
const MAX_EXPIRED = 10_000;
const SOME = 1000;

/** The silences that people made, one store for all that asks. Pure: the time is an argument. Bounded. */
export class SilenceStore {
  readonly #deps: SilenceStoreDependencies;
  readonly #silences = new Map<string, Kept>();
  readonly #index = new SilenceIndex();
  /** As they were before, since `takeChanges`. */
  #changes = new Map<string, Kept | undefined>();
  #version = 0;
  #numbers = 0;
  /** None is to be forgotten before, nor while there are fewer. */
  #forgetAt = Number.POSITIVE_INFINITY;
  #lookAtSize = MAX_EXPIRED + SOME;

  constructor(deps: SilenceStoreDependencies) {
    this.#deps = deps;
  }

  /** Another number after each change. */
  get version(): number {
    return this.#version;
  }

  /** All that are kept, the newest last. */
  list(): Silence[] {
    return [...this.#silences.values()].map(({ silence }) => silence);
  }

  get(id: string): Silence | undefined {
    return this.#silences.get(id)?.silence;
  }

  /**
   * Makes a silence, or changes the one with the id. One whose matchers change, or that has ended, is replaced by a new
   * one, and ends. Gives it as it is kept. @throws LongshoreError LS_ALERTS_SILENCE, LS_ALERTS_SILENCE_UNKNOWN, LS_ALERTS_MATCHER
   */
  set(wanted: NewSilence, now: number): Silence {
    const holds = checkSilence(wanted, now);
    const { id = '', matchers, createdBy, comment, endsAt } = wanted;
    const former = id === '' ? undefined : this.#silences.get(id)?.silence;
    if (id !== '' && former === undefined) throw unknown(id);
    const startsAt = wanted.startsAt ?? now;
    const rest = { matchers, endsAt, updatedAt: now, createdBy, comment };
    if (former !== undefined && mayChange(former, wanted, startsAt, now)) {
      const isPending = silenceState(former, now) === 'pending';
      return this.#keep({ ...rest, id, startsAt: isPending ? startsAt : former.startsAt }, holds, now);
    }
    this.#makeRoom(former, now);
    if (former !== undefined) this.expire(former.id, now);
    return this.#keep({ ...rest, id: this.#deps.newId(), startsAt: Math.max(startsAt, now) }, holds, now);
  }

  /** Ends it now. False: it has ended already. @throws LongshoreError LS_ALERTS_SILENCE_UNKNOWN */
  expire(id: string, now: number): boolean {
    const kept = this.#silences.get(id);
    if (kept === undefined) throw unknown(id);
    const state = silenceState(kept.silence, now);
    if (state === 'expired') return false;
    const startsAt = state === 'pending' ? now : kept.silence.startsAt;
    this.#keep({ ...kept.silence, startsAt, endsAt: now, updatedAt: now }, kept.holds, now);
    return true;
  }

  /** Those that hold now for an alert with these labels. */
  silencing(labels: Labels, now: number): Silence[] {
    const found: Kept[] = [];
    for (const kept of this.#index.candidates(labels))
      if (silenceState(kept.silence, now) === 'active' && kept.holds(labels)) found.push(kept);
    if (found.length > 1) found.sort((a, b) => a.number - b.number);
    return found.map(({ silence }) => silence);
  }

  /** True while there is one that holds for anything. */
  isAnyActive(now: number): boolean {
    for (const { silence } of this.#silences.values()) if (silenceState(silence, now) === 'active') return true;
    return false;
  }

  save(): readonly Silence[] {
    return this.list();
  }

  /** Ids of those that came, changed or went since it was called last, and how to `undo` that. */
  takeChanges(): ReadonlyMap<string, Kept | undefined> {
    const changes = this.#changes;
    this.#changes = new Map();
    return changes;
  }

  undo(changes: ReadonlyMap<string, Kept | undefined>): void {
    this.#version++;
    for (const [id, before] of changes) {
      this.#remove(id);
      if (before !== undefined) this.#insert(before);
    }
    this.#changes.clear();
  }

  /** These, instead of those that there are. What does not fit is left out. */
  restore(saved: readonly Silence[], now: number): void {
    const former = new Map(this.#silences);
    for (const id of former.keys()) this.#remove(id);
    this.#version++;
    for (const silence of saved) {
      const known = former.get(silence.id);
      try {
        const isSame = known !== undefined && sameMatchers(known.silence.matchers, silence.matchers);
        this.#put(silence, isSame ? known.holds : compileMatchers(silence.matchers));
      } catch {
        // It was made by a version that reads expressions otherwise.
      }
    }
    this.forget(now);
    this.#changes.clear();
  }

  #keep(silence: Silence, holds: LabelPredicate, now: number): Silence {
    this.#put(silence, holds);
    this.#version++;
    this.forget(now);
    this.#deps.onChange?.();
    return silence;
  }

  #put(silence: Silence, holds: LabelPredicate): void {
    const { id } = silence;
    const before = this.#silences.get(id);
    if (!this.#changes.has(id)) this.#changes.set(id, before);
    if (before !== undefined) this.#index.remove(before);
    const kept = { silence, holds, number: before?.number ?? this.#numbers++ };
    this.#insert(kept);
  }

  #insert(kept: Kept): void {
    this.#mindEnd(kept.silence);
    this.#silences.set(kept.silence.id, kept);
    this.#index.add(kept);
  }

  #remove(id: string): void {
    const before = this.#silences.get(id);
    if (before === undefined) return;
    if (!this.#changes.has(id)) this.#changes.set(id, before);
    this.#index.remove(before);
    this.#silences.delete(id);
  }

  #makeRoom(former: Silence | undefined, now: number): void {
    if (this.#silences.size < this.#deps.limit) return;
    let count = 0;
    for (const { silence } of this.#silences.values()) if (silenceState(silence, now) !== 'expired') count++;
    if (former !== undefined && silenceState(former, now) !== 'expired') count--;
    if (count < this.#deps.limit) return;
    throw new LongshoreError('LS_ALERTS_SILENCE', `there are ${count} silences already, and no more are kept.`, {
      fix: 'Expire some that are not needed any more.',
    });
  }

  /** Drops those that ended long ago. */
  forget(now: number): void {
    if (now <= this.#forgetAt && this.#silences.size < this.#lookAtSize) return;
    const ended = [...this.#silences.values()]
      .map(({ silence }) => silence)
      .filter(silence => silenceState(silence, now) === 'expired')
      .sort((a, b) => b.endsAt - a.endsAt);
    for (const [i, { id, endsAt }] of ended.entries())
      if (i >= MAX_EXPIRED || now - endsAt > KEEP_EXPIRED_MS) this.#remove(id);
    this.#lookAtSize = Math.max(MAX_EXPIRED, this.#silences.size) + SOME;
    this.#forgetAt = Number.POSITIVE_INFINITY;
    for (const { silence } of this.#silences.values()) this.#mindEnd(silence);
  }

  #mindEnd({ endsAt }: Silence): void {
    this.#forgetAt = Math.min(this.#forgetAt, endsAt + KEEP_EXPIRED_MS);
  }
}

/** As Alertmanager: the start of one that holds stays; one that has ended stays as it was. */
function mayChange(former: Silence, wanted: NewSilence, startsAt: number, now: number): boolean {
  if (!sameMatchers(former.matchers, wanted.matchers)) return false;
  const state = silenceState(former, now);
  if (state === 'expired') return false;
  if (state === 'pending') return startsAt >= now;
  return wanted.startsAt === undefined || Math.floor(startsAt / 1000) === Math.floor(former.startsAt / 1000);
}

function unknown(id: string): LongshoreError {
  return new LongshoreError('LS_ALERTS_SILENCE_UNKNOWN', `there is no silence ${JSON.stringify(id.slice(0, 100))}.`, {
    fix: 'GET /api/silences lists them.',
  });
}
