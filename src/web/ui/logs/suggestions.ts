import { signal } from '@preact/signals';
import type { SeenFields } from '../../../core/api/search.ts';
import { ask } from '../base/api.ts';
import { LEVELS } from '../base/levels.ts';
import { fieldTerm, type Typing, typingAt } from './query-text.ts';
import type { Search } from './search-state.ts';
import { topValues } from './top-values.tsx';

export interface Suggestion {
  /** As it is shown. */
  readonly text: string;
  /** As it goes into the query. */
  readonly insert: string;
  /** How many events have it, of those searched; undefined: nobody counted. */
  readonly events?: number | undefined;
}

const MOST = 12;
const VALUES = 50;
const PAUSE_MS = 120;
const SAMPLE = 500;
const FIELDS_MS = 60_000;
const WORDS = ['AND', 'OR', 'NOT'];

let fields: { at: number; names: Promise<string[]> } | undefined;

/** The names of all fields, asked for once a minute at most: those of the newest events first, the most frequent at the top. */
export function fieldNames(): Promise<string[]> {
  if (fields === undefined || Date.now() - fields.at > FIELDS_MS) {
    const names = ask<{ fields: string[] } & SeenFields>('api/fields', { sample: SAMPLE }).then(answer => [
      ...new Set([...answer.seen.map(({ name }) => name), ...answer.fields]),
    ]);
    names.catch(() => {
      fields = undefined;
    });
    fields = { at: Date.now(), names };
  }
  return fields.names;
}

/** What can stand at the cursor of a query: names of fields, and of a field its most frequent values in the searched time. */
export class Suggestions {
  readonly list = signal<readonly Suggestion[]>([]);
  readonly active = signal(-1);
  #typing: Typing | undefined;
  #abort = new AbortController();
  #values: { key: string; found: Promise<Suggestion[]> } | undefined;

  /** Looks at what is typed; the answer to an earlier text is thrown away. `always`: also where nothing has been typed yet. */
  async look(text: string, cursor: number, search: Search, always: boolean): Promise<void> {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    const typing = typingAt(text, cursor);
    if (typing === undefined || (typing.kind === 'field' && typing.text === '' && !always)) return this.close();
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS));
    if (abort.signal.aborted) return;
    let all: readonly Suggestion[] = [];
    try {
      all = typing.kind === 'field' ? namesOf(await fieldNames()) : await this.#valuesOf(typing.field, search);
    } catch {
      // Typing goes on without.
    }
    if (abort.signal.aborted) return;
    this.#typing = typing;
    this.list.value = matching(all, typing.text);
    this.active.value = -1;
  }

  /** The query with a suggestion in it, and where the cursor is then. */
  use(text: string, { insert }: Suggestion): { text: string; cursor: number } {
    const { start, end } = this.#typing!;
    this.close();
    return { text: text.slice(0, start) + insert + text.slice(end), cursor: start + insert.length };
  }

  /** Up and down in the list, around its end. */
  move(by: number): void {
    const places = this.list.peek().length + 1;
    this.active.value = ((this.active.peek() + 1 + by + places) % places) - 1;
  }

  close(): void {
    this.#abort.abort();
    this.list.value = [];
    this.active.value = -1;
  }

  #valuesOf(field: string, search: Search): Promise<Suggestion[]> {
    if (field === 'level') return Promise.resolve(LEVELS.map(level => ({ text: level, insert: `${level} ` })));
    const key = JSON.stringify([field, search.range, search.from, search.to]);
    if (this.#values?.key !== key) {
      const asked = topValues(field, { ...search, query: '', levels: [] }, new AbortController().signal, VALUES);
      const found = asked.then(({ rows }) =>
        rows.map(({ by = {}, values }): Suggestion => {
          const value = Object.values(by)[0] ?? '';
          return { text: value, insert: `${valueTerm(value)} `, events: values['count'] ?? undefined };
        }),
      );
      found.catch(() => {
        this.#values = undefined;
      });
      this.#values = { key, found };
    }
    return this.#values.found;
  }
}

function namesOf(names: readonly string[]): Suggestion[] {
  return [
    ...names.map(name => ({ text: name, insert: `${fieldTerm(name)}:` })),
    ...WORDS.map(word => ({ text: word, insert: `${word} ` })),
  ];
}

const valueTerm = (value: string): string =>
  /^[\w.-]+$/.test(value) && !/^-/.test(value) ? value : `"${value.replace(/[\\"]/g, '\\$&')}"`;

/** What begins so first, then what has it inside. */
function matching(all: readonly Suggestion[], typed: string): Suggestion[] {
  const wanted = typed.toLowerCase();
  const found = all.filter(({ text }) => text.toLowerCase().includes(wanted));
  // One that is typed already needs no list.
  if (found.length === 1 && found[0]!.text.toLowerCase() === wanted && found[0]!.events === undefined) return [];
  const rank = ({ text }: Suggestion): number => (text.toLowerCase().startsWith(wanted) ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b)).slice(0, MOST);
}
