import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { counter } from '../core/metrics.ts';
import { loadPipelines, type PipelineFile, type PipelineSet } from '../parse/pipelines.ts';
import { pipelineOptionsOf } from './pipeline-options.ts';
import { routingGlobs } from './routing-content.ts';
import {
  type DefinitionSettings,
  loadUserContent,
  readUserTexts,
  type UserContent,
  type UserTexts,
} from './user-content.ts';
import { foldersOf } from './user-files.ts';
import { summarised } from './warning-summary.ts';

const log = logger('reload');
const reloads = counter('longshore_reloads_total', 'Reloads of pipelines and rules', ['outcome']);

/** Editors write in several steps: so long after the last change the files are read. */
const SETTLE_MS = 200;
/** A folder that is gone (another branch was checked out) is looked for again after this time. */
const REWATCH_MS = 2000;

/** Where new pipelines and rules go. */
export interface ReloadTarget {
  /** Throws when one of several processes cannot take them: then nobody does. */
  prepare?(texts: UserTexts, version: number): Promise<void>;
  /** After `prepare`; must not fail half-way. */
  apply(content: UserContent, version: number): Promise<void>;
}

/**
 * Pipelines and rules of a service, the same in all its processes, also while it runs. A file with a mistake goes on as
 * it was (a new one is left out) and everything else is taken; when a process cannot take them, nobody does.
 */
export class Definitions {
  readonly #settings: DefinitionSettings;
  readonly #env: NodeJS.ProcessEnv;
  readonly #targets: ReloadTarget[] = [];
  #current: UserContent;
  #version = 1;
  /** One reload after another. */
  #turn: Promise<unknown> = Promise.resolve();
  #watchers: FSWatcher[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** What was last taken or refused: only another text is worth a reload that nobody asked for. */
  #seen: string;
  /** The same, of the files that rules import and take lists from. */
  #seenImports: string;
  #closed = false;

  /** Reads the files as they are now. */
  constructor(settings: DefinitionSettings, env: NodeJS.ProcessEnv) {
    this.#settings = settings;
    this.#env = env;
    this.#current = loadUserContent(settings, env);
    this.#seen = JSON.stringify(this.#current.read);
    this.#seenImports = this.#importsNow();
  }

  /** What runs. */
  get current(): UserContent {
    return this.#current;
  }

  /** Of what runs; grows with each reload. */
  get version(): number {
    return this.#version;
  }

  /** Told of each reload from now on, after those that were here before. */
  follow(target: ReloadTarget): void {
    this.#targets.push(target);
  }

  /** The pipelines of the files as they are now, or of the given ones. Throws an AggregateError of their mistakes. */
  readPipelines(files: readonly PipelineFile[] = readUserTexts(this.#settings).pipelines): PipelineSet {
    return loadPipelines(files, pipelineOptionsOf(this.#settings));
  }

  /** Where the files are. */
  get settings(): Pick<DefinitionSettings, 'pipelines' | 'rules'> {
    return this.#settings;
  }

  /** What a reload would make of these texts; nothing changes. */
  tried(texts: UserTexts): UserContent {
    return loadUserContent(this.#settings, this.#env, texts, this.#current.texts);
  }

  /** True when the files of pipelines are not what runs. */
  pipelinesDiffer(): boolean {
    return JSON.stringify(readUserTexts(this.#settings).pipelines) !== JSON.stringify(this.#current.texts.pipelines);
  }

  /** Validates and swaps; not `ok` when a file has a mistake, and the message says which. */
  reload(reason: string): Promise<{ ok: boolean; message: string }> {
    const reloaded = this.#turn.then(() => this.#reload(reason));
    this.#turn = reloaded;
    return reloaded;
  }

  async #reload(reason: string): Promise<{ ok: boolean; message: string }> {
    try {
      const texts = readUserTexts(this.#settings);
      this.#seen = JSON.stringify(texts);
      const content = loadUserContent(this.#settings, this.#env, texts, this.#current.texts);
      const version = this.#version + 1;
      for (const target of this.#targets) await target.prepare?.(content.texts, version);
      this.#current = content;
      this.#seenImports = this.#importsNow();
      for (const target of this.#targets) await target.apply(content, version);
      this.#version = version;
      const pipelines = content.pipelines.names.length;
      const rules = content.rules.length;
      for (const warning of summarised(content.warnings)) log.warn(warning);
      for (const { where, what } of content.pipelines.doubts) log.warn({ file: where, message: what });
      if (content.mistakes.length > 0) {
        const mistakes = content.mistakes.map(messageOf);
        log.error(
          { reason, version, mistakes, pipelines, rules },
          'files with mistakes were not reloaded: what they were goes on, new ones are skipped; everything else is active',
        );
        reloads.inc({ outcome: 'refused' });
        return { ok: false, message: mistakes.join('\n') };
      }
      log.info({ reason, version, pipelines, rules }, 'reloaded');
      reloads.inc({ outcome: 'applied' });
      return { ok: true, message: `${count(pipelines, 'pipeline')} and ${count(rules, 'rule')} are active` };
    } catch (error) {
      const mistakes = error instanceof AggregateError ? error.errors.map(messageOf) : [messageOf(error)];
      log.error({ reason, mistakes }, 'not reloaded: the old pipelines and rules stay');
      reloads.inc({ outcome: 'refused' });
      return { ok: false, message: mistakes.join('\n') };
    }
  }

  /** Reloads when a file changes, until `close`. */
  watch(): void {
    this.#unwatch();
    let isMissing = false;
    const { pipelines, rules, alertmanager } = this.#settings;
    const globs = [pipelines, rules, routingGlobs(alertmanager, this.#current.routing)].flat();
    for (const { folder, deep } of foldersOf(globs)) {
      try {
        const watcher = watch(folder, { recursive: deep }, () => this.#later(SETTLE_MS));
        watcher.on('error', error => {
          log.warn({ folder, error: messageOf(error) }, 'cannot watch this folder for changes; retrying');
          this.#later(REWATCH_MS);
        });
        this.#watchers.push(watcher.unref());
      } catch (error) {
        log.debug({ folder, error: messageOf(error) }, 'there is no such folder to watch');
        isMissing = true;
      }
    }
    if (isMissing) this.#later(REWATCH_MS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#unwatch();
  }

  #later(ms: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // Anew each time: a folder that was replaced is another one.
      this.watch();
      if (this.#hasChanged()) void this.reload('file changed');
    }, ms);
    this.#timer.unref();
  }

  #hasChanged(): boolean {
    return JSON.stringify(readUserTexts(this.#settings)) !== this.#seen || this.#importsNow() !== this.#seenImports;
  }

  #importsNow(): string {
    return JSON.stringify(this.#current.texts.imports.map(({ path }) => [path, textOrNothing(path)]));
  }

  #unwatch(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }
}

function textOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
