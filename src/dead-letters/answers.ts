import { isUtf8 } from 'node:buffer';
import type {
  DeadLetterDetails,
  DeadLetterList,
  DeadLetterListRequest,
  DeadLetterSelection,
  DeadLetterSummary,
  DeadLettersApi,
  DiscardAnswer,
  GivenPipeline,
  ReplayAnswer,
  ReplayPreview,
} from '../core/api/dead-letters.ts';
import type { Predicate } from '../core/contracts.ts';
import { pageCursor, readPageCursor } from './cursor.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { DeadLetterQueue } from './queue.ts';
import { fieldsOfLetter } from './replay/remake.ts';
import { predicateOf, type Replayer } from './replay/replayer.ts';

const MAX_LOOKED_AT = 10_000;
const PAGE = 200;
const EXCERPT_LENGTH = 200;

/** The dead letters as the HTTP API shows them. */
export class DeadLetterAnswers implements DeadLettersApi {
  readonly #queue: DeadLetterQueue;
  readonly #replayer: Replayer;
  readonly #predicate: (query: string) => Predicate;

  constructor(queue: DeadLetterQueue, replayer: Replayer, predicate: (query: string) => Predicate) {
    this.#queue = queue;
    this.#replayer = replayer;
    this.#predicate = predicate;
  }

  async list({ type, container, query, status, size, cursor }: DeadLetterListRequest): Promise<DeadLetterList> {
    const filter = { type, container, status };
    const matches = predicateOf(query, this.#predicate);
    const letters: DeadLetterSummary[] = [];
    let after = readPageCursor(cursor);
    let isEnd = size === 0;
    for (let looked = 0; !isEnd && letters.length < size && looked < MAX_LOOKED_AT; ) {
      const page = this.#queue.choose(filter, 'desc', matches === undefined ? Math.min(size, PAGE) : PAGE, after);
      isEnd = page.length === 0;
      for (const { id, position } of page) {
        if (letters.length === size) break;
        looked++;
        after = position;
        const letter = await this.#queue.get(id);
        if (letter !== undefined && (matches === undefined || matches(letter))) letters.push(summaryOf(letter));
      }
    }
    return {
      open: this.#queue.open,
      types: this.#queue.types(),
      letters,
      ...(isEnd || after === undefined ? {} : { cursor: pageCursor(after) }),
    };
  }

  async get(id: string): Promise<DeadLetterDetails | undefined> {
    const letter = await this.#queue.get(id);
    if (letter === undefined) return undefined;
    const bytes = Buffer.from(letter.document.buffer, letter.document.byteOffset, letter.document.length);
    const successors = await this.#queue.successors(id);
    return {
      ...summaryOf(letter),
      came_back_as: successors.map(each => each.id),
      ...(isUtf8(bytes) ? { document: bytes.toString() } : { document_base64: bytes.toString('base64') }),
    };
  }

  preview(selection: DeadLetterSelection, asIs: boolean, files?: readonly GivenPipeline[]): Promise<ReplayPreview[]> {
    return this.#replayer.preview(selection, asIs, files);
  }

  replay(selection: DeadLetterSelection, asIs: boolean): Promise<ReplayAnswer> {
    return this.#replayer.replay(selection, asIs);
  }

  discard(selection: DeadLetterSelection): Promise<DiscardAnswer> {
    return this.#replayer.discard(selection);
  }
}

function summaryOf(letter: DeadLetter): DeadLetterSummary {
  const { document, form, at, ...rest } = letter;
  return { ...rest, at: new Date(at).toISOString(), bytes: document.length, excerpt: excerptOf(letter) };
}

function excerptOf(letter: DeadLetter): string {
  const { message } = letter.kind === 'raw' ? { message: undefined } : fieldsOfLetter(letter).fields;
  const text = typeof message === 'string' ? message : Buffer.from(letter.document.subarray(0, 1000)).toString();
  return text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}…` : text;
}
