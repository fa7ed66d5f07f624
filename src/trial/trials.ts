import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { forkLimited } from '../base/process/limited-child.ts';
import { Link } from '../base/process/link.ts';
import { readYaml } from '../base/yaml/read.ts';
import type { ParseApi, ReadyAnswer, SimulateRequest } from '../core/api/parse.ts';
import type { StoredEvent } from '../core/contracts.ts';
import { LongshoreError } from '../core/errors.ts';
import { isFields } from '../core/event.ts';
import { counter } from '../core/metrics.ts';
import { PIPELINE_YAML, pipelineName } from '../parse/loader/read-pipeline.ts';
import type { PipelineFile } from '../parse/pipelines.ts';
import type { TrialCalls, TrialSettings } from './process/protocol.ts';

export interface TrialsDependencies {
  readonly settings: TrialSettings;
  /** Of the pipelines that run. */
  readonly files: () => readonly PipelineFile[];
  readonly limits?: Partial<typeof LIMITS>;
}

const LIMITS = {
  /** After that nothing more is run. */
  time_ms: 5_000,
  /** After that the process is ended: many pipelines take a second or two to load, more on a busy machine. */
  kill_ms: 12_000,
  memory_mb: 256,
  /** So long a request may go on when its client is gone. */
  grace_ms: 500,
  /** Requests that wait for the one that runs. */
  max_waiting: 20,
  /** The process ends when nobody has asked for so long. */
  idle_ms: 60_000,
  max_answer_chars: 10_000_000,
};

/** So long a process may take to start. */
const START_MS = 30_000;

const MAIN = fileURLToPath(new URL('./process/main.ts', import.meta.url));
const total = counter('longshore_trials_total', 'Requests that tried pipelines or lines, by what came of them.', [
  'result',
]);

/** Requests are tried one after the other, in a process that is ended when one takes too long. */
export class Trials implements ParseApi {
  readonly #deps: TrialsDependencies;
  readonly #limits: typeof LIMITS;
  #process: TrialProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(deps: TrialsDependencies) {
    this.#deps = deps;
    this.#limits = { ...LIMITS, ...deps.limits };
  }

  simulate({ body, name, isVerbose }: SimulateRequest, signal: AbortSignal): Promise<ReadyAnswer> {
    const { time_ms: timeMs } = this.#limits;
    return this.#inTurn(signal, ({ link }) =>
      link.request('simulate', { body, name, isVerbose, files: this.#files(), timeMs }),
    );
  }

  parse(body: string, signal: AbortSignal, stored?: readonly StoredEvent[]): Promise<ReadyAnswer> {
    const { time_ms: timeMs } = this.#limits;
    return this.#inTurn(signal, ({ link }) => link.request('parse', { body, files: this.#files(), stored, timeMs }));
  }

  suggest(body: string, signal: AbortSignal): Promise<ReadyAnswer> {
    const { time_ms: timeMs } = this.#limits;
    return this.#inTurn(signal, ({ link }) => link.request('suggest', { body, timeMs }));
  }

  definitions(): Readonly<Record<string, unknown>> {
    const found: Record<string, unknown> = Object.create(null);
    for (const { path, text } of this.#files()) {
      const value = readYaml(path, text, PIPELINE_YAML, [])?.value;
      if (!isFields(value)) continue;
      const { tests: _, ...definition } = value;
      found[pipelineName(path)] = definition;
    }
    return found;
  }

  /** Ends the process. */
  stop(): void {
    clearTimeout(this.#idle);
    this.#process?.end();
    this.#process = undefined;
  }

  #files(): PipelineFile[] {
    return this.#deps.files().map(({ path, text }) => ({ path, text }));
  }

  async #inTurn(signal: AbortSignal, ask: (child: TrialProcess) => Promise<ReadyAnswer>): Promise<ReadyAnswer> {
    if (this.#waiting >= this.#limits.max_waiting) {
      total.inc({ result: 'refused' });
      throw new LongshoreError('LS_TRIAL_BUSY', 'others are being tried.', {
        fix: 'Try again in a moment.',
        retryable: true,
      });
    }
    this.#waiting++;
    const answer = this.#turn.then(() => {
      this.#waiting--;
      signal.throwIfAborted();
      return this.#ask(signal, ask);
    });
    this.#turn = answer.catch(() => {});
    return answer;
  }

  async #ask(signal: AbortSignal, ask: (child: TrialProcess) => Promise<ReadyAnswer>): Promise<ReadyAnswer> {
    clearTimeout(this.#idle);
    let isOver = false;
    const end = (): void => {
      isOver = true;
      this.stop();
    };
    let timer = setTimeout(end, START_MS);
    // Who types goes away often: what is done in a moment may as well end.
    const leave = (): void => {
      clearTimeout(timer);
      timer = setTimeout(end, this.#limits.grace_ms);
    };
    try {
      const former = this.#process?.isAlive === true ? this.#process : undefined;
      const child = former ?? this.#start();
      await child.ready;
      clearTimeout(timer);
      signal.throwIfAborted();
      signal.addEventListener('abort', leave, { once: true });
      timer = setTimeout(end, this.#limits.kill_ms);
      const answer = await ask(child).catch(async (error: unknown) => {
        // What an earlier request left behind in the memory was too much: no fault of this one.
        if (former === undefined || former.isAlive || isOver || signal.aborted) throw error;
        const fresh = this.#start();
        await fresh.ready;
        return ask(fresh);
      });
      if (answer.body.length > this.#limits.max_answer_chars)
        throw new LongshoreError('LS_TRIAL_FAILED', 'the answer is too large.', { fix: 'Send less at a time.' });
      total.inc({ result: 'done' });
      return answer;
    } catch (error) {
      total.inc({ result: signal.aborted ? 'cancelled' : 'failed' });
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
      this.#idle = setTimeout(end, this.#limits.idle_ms);
      this.#idle.unref();
    }
  }

  #start(): TrialProcess {
    this.#process = new TrialProcess(this.#limits.memory_mb, this.#deps.settings);
    return this.#process;
  }
}

class TrialProcess {
  readonly link: Link<TrialCalls, Record<string, never>>;
  readonly #child: ChildProcess;
  /** It has read its code and knows the settings. */
  readonly ready: Promise<void>;
  isAlive = true;

  constructor(memoryMb: number, settings: TrialSettings) {
    this.#child = forkLimited(MAIN, memoryMb, () => {
      this.isAlive = false;
      this.link.close();
    });
    const gone = (): LongshoreError =>
      new LongshoreError('LS_TRIAL_FAILED', 'the process that tried it ended before it was done.', {
        fix: `Send less, or a simpler pipeline: it may use ${memoryMb} MB and some seconds.`,
      });
    this.link = new Link(this.#child, {}, { gone, unknown: gone });
    this.#child.unref();
    this.#child.channel?.unref();
    this.ready = this.link.request('configure', settings);
    this.ready.catch(() => {});
  }

  end(): void {
    this.isAlive = false;
    this.#child.kill('SIGKILL');
  }
}
