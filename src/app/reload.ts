import { type FSWatcher, watch } from 'node:fs';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { counter } from '../core/metrics.ts';
import type { Settings } from './settings.ts';
import { loadUserContent, type UserContent } from './user-content.ts';
import { foldersOf, readUserFiles } from './user-files.ts';

const log = logger('reload');
const reloads = counter('longshore_reloads_total', 'Reloads of pipelines and rules', ['outcome']);

/** Pipelines and rules while the service runs: all of the new ones or none. */
export class Reloader {
  readonly #settings: Settings;
  readonly #env: NodeJS.ProcessEnv;
  readonly #apply: (content: UserContent) => void;
  readonly #watchers: FSWatcher[] = [];
  #debounce: NodeJS.Timeout | undefined;
  #seen = '';

  constructor(settings: Settings, env: NodeJS.ProcessEnv, apply: (content: UserContent) => void) {
    this.#settings = settings;
    this.#env = env;
    this.#apply = apply;
    this.#seen = this.#read();
  }

  /** Validates and swaps; after a mistake the old ones stay and the message says why. */
  async reload(reason: string): Promise<{ ok: boolean; message: string }> {
    try {
      const content = loadUserContent(this.#settings, this.#env);
      this.#seen = this.#read();
      this.#apply(content);
      const message = `${content.pipelines.names.length} pipelines and ${content.rules.length} rules are active`;
      log.info({ reason, pipelines: content.pipelines.names.length, rules: content.rules.length }, 'reloaded');
      reloads.inc({ outcome: 'applied' });
      return { ok: true, message };
    } catch (error) {
      const mistakes = error instanceof AggregateError ? error.errors.map(messageOf) : [messageOf(error)];
      log.error({ reason, mistakes }, 'not reloaded: the old pipelines and rules stay');
      reloads.inc({ outcome: 'refused' });
      return { ok: false, message: mistakes.join('\n') };
    }
  }

  /** Reloads when a file changes. Editors write in several steps, so it waits until nothing has changed for a moment. */
  watch(): void {
    for (const folder of new Set([...foldersOf(this.#settings.pipelines), ...foldersOf(this.#settings.rules)])) {
      try {
        const watcher = watch(folder, () => this.#changed());
        watcher.on('error', error => log.warn({ folder, error: messageOf(error) }, 'changes are no longer noticed'));
        this.#watchers.push(watcher.unref());
      } catch (error) {
        log.warn({ folder, error: messageOf(error) }, 'changes in this folder are not noticed');
      }
    }
  }

  close(): void {
    clearTimeout(this.#debounce);
    for (const watcher of this.#watchers) watcher.close();
  }

  #changed(): void {
    clearTimeout(this.#debounce);
    this.#debounce = setTimeout(() => {
      if (this.#read() !== this.#seen) void this.reload('file changed');
    }, 200);
    this.#debounce.unref();
  }

  #read(): string {
    try {
      return JSON.stringify([readUserFiles(this.#settings.pipelines), readUserFiles(this.#settings.rules)]);
    } catch (error) {
      return messageOf(error);
    }
  }
}
