import { Backoff } from '../../base/flow/backoff.ts';
import { Outage } from '../../base/flow/outage.ts';
import { isFields } from '../../core/event.ts';
import { logger } from '../../core/log.ts';
import { type Api, ApiError, errorOfStatus } from './api.ts';
import * as metrics from './metrics.ts';

const log = logger('inputs.kubernetes');

/** Who wants to know of all objects of a kind. */
export interface Follower {
  /** `pods`, `namespaces`: in the path, in metrics and in the log. */
  readonly what: string;
  /** Of all objects, those that are wanted: `spec.nodeName=web-1`. */
  readonly fieldSelector?: string | undefined;
  /** Keeps of an object what is of use. Undefined: it is none. */
  readonly pick: (object: unknown) => unknown;
  /** These are all there are, as `pick` made them. */
  readonly replace: (all: unknown[]) => void;
  readonly set: (picked: unknown) => void;
  readonly delete: (picked: unknown) => void;
}

/** Of one page of a list. A node has some hundred pods of 10 to 20 KB each. */
const MAX_PAGE_BYTES = 16_000_000;
/** Nothing that the API's own store takes is as large. */
const MAX_LINE_BYTES = 4_000_000;
const MAX_OBJECTS = 20_000;
const MAX_PAGES = 1000;
const LIST_MS = 30_000;
const PAGE_ITEMS = 50;
/** The API ends a watch after this time. */
const WATCH_SECONDS = 270;
/** It did not, and nothing came. */
const GRACE_MS = 30_000;
/** One that ended sooner is a failure. */
const SHORTEST_WATCH_MS = 1000;

export interface WatchedTimes {
  readonly baseMs: number;
  readonly capMs: number;
}
const TIMES: WatchedTimes = { baseMs: 500, capMs: 60_000 };

/**
 * All objects of a kind, as they are and as they become: a list, and from its version on what changes. Where the API no longer
 * knows the version (410), where it cannot be understood and where something may have been missed, they are listed anew.
 */
export class Watched {
  readonly #api: Api;
  readonly #follower: Follower;
  readonly #backoff: Backoff;
  readonly #outage = new Outage();
  /** Where the next watch begins; undefined: a list comes first. */
  #version: string | undefined;
  /** Above 0: lists are asked for in pages of so many. */
  #pageItems = 0;
  #isListed = false;

  constructor(api: Api, follower: Follower, times: WatchedTimes = TIMES) {
    this.#api = api;
    this.#follower = follower;
    this.#backoff = new Backoff(times);
  }

  /** Resolves when the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let began = Number.POSITIVE_INFINITY;
      let error: Error | undefined;
      try {
        if (this.#version === undefined) await this.#list(signal);
        began = performance.now();
        await this.#watch(signal);
      } catch (cause) {
        error = cause as Error;
      }
      if (signal.aborted) return;
      const isLong = performance.now() - began >= SHORTEST_WATCH_MS;
      if (isLong) this.#backoff.reset();
      if (error !== undefined) this.#failed(error);
      if (error !== undefined || !isLong) await this.#backoff.wait(signal);
    }
  }

  #answers(): void {
    const { what } = this.#follower;
    this.#outage.over(({ seconds }) => log.info({ what, seconds }, 'the Kubernetes API answers again'));
  }

  #failed(error: Error): void {
    const { what } = this.#follower;
    const fault = error instanceof ApiError ? error.fault : 'failed';
    metrics.errors.inc({ reason: fault });
    // What is known goes on from the version; where that is of no use, or something was missed, it is asked for anew.
    if (fault !== 'unreachable' && fault !== 'refused' && fault !== 'credentials') this.#version = undefined;
    // As the API says after a day without us.
    if (fault === 'gone') return;
    if (fault === 'too_large') this.#pageItems = Math.max(1, this.#pageItems === 0 ? PAGE_ITEMS : this.#pageItems >> 1);
    const { fix } = error instanceof ApiError ? error : {};
    this.#outage.failed(({ seconds, failures }) =>
      log.warn(
        { what, error: error.message, seconds, failures, ...(fix === undefined ? {} : { fix }) },
        `the Kubernetes API does not tell of ${what}: lines go on with what is known of them`,
      ),
    );
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { what, fieldSelector, pick, replace } = this.#follower;
    const all: unknown[] = [];
    let version: unknown;
    let next = '';
    let pages = 0;
    do {
      const query = new URLSearchParams();
      if (fieldSelector !== undefined) query.set('fieldSelector', fieldSelector);
      // From the memory of the API, unless pages are wanted: those it gives from its store only.
      if (this.#pageItems === 0) query.set('resourceVersion', '0');
      else query.set('limit', String(this.#pageItems));
      if (next !== '') query.set('continue', next);
      const page = await this.#api.get(
        `/api/v1/${what}?${query}`,
        MAX_PAGE_BYTES,
        AbortSignal.any([signal, AbortSignal.timeout(LIST_MS)]),
      );
      const { metadata, items } = isFields(page) ? page : {};
      if (!isFields(metadata) || !(Array.isArray(items) || items === null))
        throw new ApiError('invalid', 'the answer is no list');
      if (++pages > MAX_PAGES || all.length + (items?.length ?? 0) > MAX_OBJECTS)
        throw new ApiError('too_many', `the list of ${what} has no end`);
      for (const item of items ?? []) {
        const picked = pick(item);
        if (picked !== undefined) all.push(picked);
      }
      version = metadata['resourceVersion'];
      const after = metadata['continue'];
      const isSame = after === next;
      next = typeof after === 'string' && !isSame ? after : '';
    } while (next !== '');
    if (typeof version !== 'string' || version === '' || version.length > MAX_VERSION_CHARS)
      throw new ApiError('invalid', 'the list has no version');
    replace(all);
    // Told once: where the first ones come from is of interest, later ones are of every day.
    if (!this.#isListed) log.info({ what, known: all.length, of: fieldSelector }, 'the Kubernetes API tells of these');
    this.#isListed = true;
    this.#version = version;
    metrics.lists.inc({ what });
    this.#answers();
  }

  /** Resolves when the API ends it, as it does from time to time. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { what, fieldSelector } = this.#follower;
    const query = new URLSearchParams({ watch: 'true', allowWatchBookmarks: 'true' });
    if (fieldSelector !== undefined) query.set('fieldSelector', fieldSelector);
    query.set('resourceVersion', this.#version!);
    query.set('timeoutSeconds', String(WATCH_SECONDS));
    const ended = AbortSignal.any([signal, AbortSignal.timeout(WATCH_SECONDS * 1000 + GRACE_MS)]);
    const changes = this.#api.lines(`/api/v1/${what}?${query}`, MAX_LINE_BYTES, ended, () => this.#answers());
    for await (const change of changes) this.#take(change);
  }

  #take(change: unknown): void {
    const { type, object } = isFields(change) ? change : {};
    if (type === 'ERROR') throw errorOfStatus(object);
    const { metadata } = isFields(object) ? object : {};
    const version = isFields(metadata) ? metadata['resourceVersion'] : undefined;
    if (typeof version !== 'string' || version === '' || version.length > MAX_VERSION_CHARS)
      throw new ApiError('invalid', 'a change has no version');
    const { pick, set, delete: remove } = this.#follower;
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') {
      const picked = pick(object);
      if (picked !== undefined) (type === 'DELETED' ? remove : set)(picked);
    } else if (type !== 'BOOKMARK') throw new ApiError('invalid', 'a change is of no known kind');
    this.#version = version;
  }
}

const MAX_VERSION_CHARS = 200;
