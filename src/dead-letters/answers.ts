import { isUtf8 } from 'node:buffer';
import type { DeadLetter, DeadLetterStatus, Predicate } from '../core/contracts.ts';
import type { PipelineFile } from '../parse/pipelines.ts';
import type { DeadLetterStore, LetterFilter, TypeCount } from './queue.ts';
import { fieldsOfLetter } from './replay/remake.ts';
import {
  type Preview,
  type Progress,
  predicateOf,
  type ReplayAnswer,
  type Replayer,
  type Selection,
} from './replay/replayer.ts';

const MAX_LOOKED_AT = 10_000;
const PAGE = 200;
const EXCERPT_LENGTH = 200;

export interface ListRequest {
  readonly type?: string | undefined;
  readonly container?: string | undefined;
  readonly query?: string | undefined;
  /** Undefined: whatever became of them. */
  readonly status?: DeadLetterStatus | undefined;
  readonly size: number;
  /** From the page before. */
  readonly after?: number | undefined;
}

/** Newest first. */
export interface ListAnswer {
  /** Events of open letters. */
  open: number;
  types: TypeCount[];
  letters: object[];
  after?: number;
}

/** The dead letters as the HTTP interface shows them. */
export class DeadLetterAnswers {
  readonly #letters: DeadLetterStore;
  readonly #replayer: Replayer;
  readonly #predicate: (query: string) => Predicate;

  constructor(letters: DeadLetterStore, replayer: Replayer, predicate: (query: string) => Predicate) {
    this.#letters = letters;
    this.#replayer = replayer;
    this.#predicate = predicate;
  }

  async list({ type, container, query, status, size, after: from }: ListRequest): Promise<ListAnswer> {
    const filter: LetterFilter = { type, container, status };
    const matches = predicateOf(query, this.#predicate);
    const letters: object[] = [];
    let after = from;
    let isEnd = size === 0;
    for (let looked = 0; !isEnd && letters.length < size && looked < MAX_LOOKED_AT; ) {
      const page = this.#letters.choose(filter, 'desc', matches === undefined ? Math.min(size, PAGE) : PAGE, after);
      isEnd = page.length === 0;
      for (const { id, position } of page) {
        if (letters.length === size) break;
        looked++;
        after = position;
        const letter = await this.#letters.get(id);
        if (letter !== undefined && (matches === undefined || matches(letter))) letters.push(summaryOf(letter));
      }
    }
    const types = this.#letters.types();
    return {
      open: types.reduce((sum, each) => sum + each.open, 0),
      types,
      letters,
      ...(isEnd || after === undefined ? {} : { after }),
    };
  }

  async get(id: string): Promise<object | undefined> {
    const letter = await this.#letters.get(id);
    if (letter === undefined) return undefined;
    const bytes = Buffer.from(letter.document.buffer, letter.document.byteOffset, letter.document.length);
    const successors = await this.#letters.successors(id);
    return {
      ...summaryOf(letter),
      came_back_as: successors.map(each => each.id),
      ...(isUtf8(bytes) ? { document: bytes.toString() } : { document_base64: bytes.toString('base64') }),
    };
  }

  preview(selection: Selection, asIs: boolean, files?: readonly PipelineFile[]): Promise<Preview[]> {
    return this.#replayer.preview(selection, asIs, files);
  }

  replay(selection: Selection, asIs: boolean): Promise<ReplayAnswer> {
    return this.#replayer.replay(selection, asIs);
  }

  discard(selection: Selection): Promise<{ discarded: number } & Progress> {
    return this.#replayer.discard(selection);
  }
}

function summaryOf(letter: DeadLetter): object {
  const { id, status, at, type, reason, source, index, day, container, kind, event, chunk, line, events } = letter;
  return {
    id,
    status,
    at: new Date(at).toISOString(),
    type,
    reason,
    container,
    source,
    index,
    day,
    kind,
    event,
    chunk,
    line,
    events,
    forerunner: letter.forerunner,
    bytes: letter.document.length,
    excerpt: excerptOf(letter),
  };
}

function excerptOf(letter: DeadLetter): string {
  const { message } = letter.kind === 'chunk' ? { message: undefined } : fieldsOfLetter(letter).fields;
  const text = typeof message === 'string' ? message : Buffer.from(letter.document.subarray(0, 1000)).toString();
  return text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}…` : text;
}
