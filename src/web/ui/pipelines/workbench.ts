import { batch, computed, effect, signal } from '@preact/signals';
import type {
  DefinitionFileInfo,
  DefinitionFileList,
  DefinitionFileMistake,
  DefinitionFileText,
  DefinitionFileWritten,
} from '../../../core/api/definition-files.ts';
import type { ParseAnswer, ParsedLine, SuggestAnswer } from '../../../core/api/parse.ts';
import { ApiError, ask, type Params } from '../base/api.ts';
import { newPipeline } from './yaml-edits.ts';

/** The file that is edited. */
export interface OpenFile {
  readonly name: string;
  readonly path: string;
  /** As it is on the disk; empty: it is new. */
  readonly saved: string;
  readonly version: string | undefined;
  readonly writable: boolean;
  readonly why: string | undefined;
}

/** Where the lines come from. */
export type Source =
  | { readonly kind: 'paste'; readonly text: string; readonly container: string; readonly image: string }
  | {
      readonly kind: 'stored';
      readonly container: string;
      readonly query: string;
      readonly from: string;
      readonly size: number;
    };

const SETTLE_MS = 250;
const MAX_LINES = 500;

/** What the view shows and changes. It outlives the view: nobody loses what was typed by looking at something else. */
class Workbench {
  readonly list = signal<DefinitionFileList | undefined>(undefined);
  readonly file = signal<OpenFile | undefined>(undefined);
  readonly text = signal('');
  readonly source = signal<Source>({ kind: 'stored', container: '', query: '', from: 'now-1h', size: 200 });
  /** Every line goes to this pipeline, whatever its `match` says. */
  readonly takesAll = signal(false);
  readonly answer = signal<ParseAnswer | undefined>(undefined);
  /** The lines of the answer; the first has the number 1. */
  readonly lines = signal<readonly string[]>([]);
  readonly mistakes = signal<readonly DefinitionFileMistake[]>([]);
  readonly problem = signal('');
  /** Somebody else has changed the file meanwhile. */
  readonly hasConflict = signal(false);
  readonly busy = signal(false);
  /** Of a line: the number of its first. */
  readonly selected = signal<number | undefined>(undefined);
  /** Told to who listens and who looks. */
  readonly said = signal('');
  readonly suggestions = signal<SuggestAnswer['suggestions'] | undefined>(undefined);
  readonly isDirty = computed(() => this.file.value !== undefined && this.text.value !== this.file.value.saved);
  readonly current = computed(() => {
    const results = this.answer.value?.results ?? [];
    return results.find(({ lines }) => lines[0] === this.selected.value);
  });
  /** Numbers of the lines that come out otherwise than today. */
  readonly changedLines = computed(
    () => new Set(this.answer.value?.compared?.changed.flatMap(({ lines }) => lines) ?? []),
  );
  #asked: AbortController | undefined;
  #isSaving = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    effect(() => {
      void [this.text.value, this.source.value, this.takesAll.value, this.file.value?.path];
      this.#later(this.answer.peek() === undefined ? 0 : SETTLE_MS);
    });
    effect(() => {
      const shown = this.selected.value;
      if (shown !== undefined && this.current.peek()?.trace === undefined) this.#later(0);
    });
    addEventListener('beforeunload', event => {
      if (this.isDirty.peek()) event.preventDefault();
    });
  }

  async load(): Promise<void> {
    try {
      this.list.value = await ask<DefinitionFileList>('api/files');
      this.problem.value = '';
    } catch (error) {
      this.problem.value = messageOf(error);
    }
  }

  async open(info: DefinitionFileInfo): Promise<void> {
    try {
      const { name, path, text, version, writable, why } = await ask<DefinitionFileText>(addressOf(info.name));
      batch(() => {
        this.file.value = { name, path, saved: text, version, writable, why: why ?? this.list.peek()?.why };
        this.text.value = text;
        this.problem.value = '';
        this.hasConflict.value = false;
        this.suggestions.value = undefined;
      });
    } catch (error) {
      this.problem.value = messageOf(error);
    }
  }

  /** A file that is not there yet. */
  create(name: string, suggestions: SuggestAnswer['suggestions']): void {
    const { source, list } = this;
    const pattern = list.value?.patterns.pipeline[0] ?? 'pipelines/*.yaml';
    const folder = pattern.replace(/[^/]*$/, '').replace(/\*.*$/, '');
    const tests = suggestions.map(({ example }) => example);
    batch(() => {
      const isEditable = list.value?.editable === true;
      const isOneFolder = (list.value?.patterns.pipeline.length ?? 1) === 1;
      const path = `${folder}${name}.yaml`;
      this.file.value = {
        ...{ name: isOneFolder ? `${name}.yaml` : path, path, saved: '', version: undefined },
        ...{ writable: isEditable, why: list.value?.why },
      };
      this.text.value = newPipeline(
        name,
        source.value.container === '' ? undefined : source.value.container,
        suggestions.map(one => one.pattern),
        tests,
      );
      this.suggestions.value = undefined;
    });
  }

  close(): void {
    batch(() => {
      this.file.value = undefined;
      this.text.value = '';
      this.mistakes.value = [];
    });
  }

  /** Writes the text as it was typed; undefined where it did not, also while it is being written. */
  async save(): Promise<DefinitionFileWritten | undefined> {
    const file = this.file.value;
    // Who clicks twice would be in conflict with themselves.
    if (file === undefined || this.#isSaving) return undefined;
    this.#isSaving = true;
    const text = this.text.value;
    const headers: Record<string, string> =
      file.version === undefined ? { 'if-none-match': '*' } : { 'if-match': `"${file.version}"` };
    try {
      const written = await ask<DefinitionFileWritten>(
        addressOf(file.name),
        {},
        { method: 'PUT', body: { text }, headers },
      );
      this.file.value = { ...file, path: written.path, saved: text, version: written.version };
      this.problem.value = '';
      this.hasConflict.value = false;
      void this.load();
      return written;
    } catch (error) {
      if (error instanceof ApiError && error.mistakes.length > 0) this.mistakes.value = error.mistakes;
      this.hasConflict.value = error instanceof ApiError && error.status === 412;
      this.problem.value = messageOf(error);
      return undefined;
    } finally {
      this.#isSaving = false;
    }
  }

  /** Patterns for texts that none of today's matches. */
  async suggest(lines: readonly string[]): Promise<SuggestAnswer['suggestions']> {
    try {
      const { suggestions } = await ask<SuggestAnswer>('api/parse/suggest', {}, { method: 'POST', body: { lines } });
      return suggestions;
    } catch (error) {
      this.problem.value = messageOf(error);
      return [];
    }
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#try(), ms);
  }

  async #try(): Promise<void> {
    this.#asked?.abort();
    const asked = new AbortController();
    this.#asked = asked;
    const aborted = asked.signal;
    const [source, file, text] = [this.source.value, this.file.value, this.text.value];
    const lines = source.kind === 'paste' ? linesOf(source.text) : [];
    const hasLines = source.kind === 'stored' || lines.length > 0;
    if (!hasLines && file === undefined) return this.#took(undefined, []);
    this.busy.value = true;
    try {
      const edited = file === undefined ? {} : { edited: { path: file.path, text }, tests: true, compare: hasLines };
      const name = file?.name.replace(/^.*\//, '').replace(/\.\w+$/, '');
      const body = {
        ...edited,
        ...(this.takesAll.value && name !== undefined ? { pipeline: name } : {}),
        ...(hasLines ? { parts: true, explain: [this.selected.value ?? 1] } : {}),
        ...(source.kind === 'paste' && hasLines ? { lines, ...originOf(source) } : {}),
      };
      const answer = await ask<ParseAnswer>('api/parse', paramsOf(source), { method: 'POST', body, signal: aborted });
      if (aborted.aborted) return;
      this.#took(answer, source.kind === 'paste' ? lines : (answer.stored ?? []).map(({ line }) => line));
    } catch (error) {
      if (aborted.aborted) return;
      this.busy.value = false;
      if (error instanceof ApiError && error.mistakes.length > 0) {
        this.mistakes.value = error.mistakes;
        this.problem.value = '';
      } else this.problem.value = messageOf(error);
    }
  }

  #took(answer: ParseAnswer | undefined, lines: readonly string[]): void {
    batch(() => {
      this.busy.value = false;
      this.answer.value = answer;
      this.lines.value = lines;
      this.mistakes.value = [];
      this.problem.value = '';
      const results = answer?.results ?? [];
      if (!results.some(one => one.lines[0] === this.selected.peek()))
        this.selected.value = (results.find(isTrouble) ?? results[0])?.lines[0];
    });
  }
}

export const workbench = new Workbench();

/** It failed, or nothing was read from it. */
export const isTrouble = ({ event, pipeline }: ParsedLine): boolean =>
  event !== null && (event['pipeline_error'] !== undefined || pipeline === null);

const addressOf = (name: string): string => `api/files/pipeline/${encodeURIComponent(name)}`;

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const linesOf = (text: string): string[] =>
  text === ''
    ? []
    : text
        .replace(/\r?\n$/, '')
        .split(/\r?\n/)
        .slice(0, MAX_LINES);

function originOf({ container, image }: { container: string; image: string }): Record<string, string> {
  return { ...(container === '' ? {} : { container }), ...(image === '' ? {} : { image }) };
}

function paramsOf(source: Source): Params {
  if (source.kind === 'paste') return {};
  const of = source.container === '' ? '' : `container_name:${JSON.stringify(source.container)}`;
  const query = [of, source.query === '' ? '' : `(${source.query})`].filter(part => part !== '').join(' AND ');
  return { stored: source.size, from: source.from, query };
}
