import { setPriority } from 'node:os';
import { Link } from '../../base/process/link.ts';
import { lineBudgets } from '../../base/regexp/line-budgets.ts';
import type { ReadyAnswer } from '../../core/api/parse.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { configureLog } from '../../core/log.ts';
import { pipelineOptionsOf } from '../../definitions/pipeline-options.ts';
import type { PipelineOptions } from '../../parse/pipelines.ts';
import { simulateIngest } from '../../parse/simulate/ingest-simulate.ts';
import { LoadedSets, PipelineMistakes } from '../loaded.ts';
import { parseRecords } from '../parse-records.ts';
import { suggestFor } from '../suggest.ts';
import type { TrialCalls, TrialSettings } from './protocol.ts';

/**
 * The process in which pipelines and lines of requests are tried. A process, and not a thread: intake goes first on the
 * processor, what it takes of memory is limited, and the service can end it at any moment.
 */
let settings: TrialSettings | undefined;
let options: PipelineOptions = {};

const clock = (): number => performance.now();
let sets = new LoadedSets(options, clock);

const calls: TrialCalls = {
  configure(given) {
    settings = given;
    options = pipelineOptionsOf(given.pipelines);
    sets = new LoadedSets(options, clock);
    lineBudgets.setLimits(given.expressions);
  },
  simulate: ({ body, files, name, isVerbose, timeMs }) => {
    const deadline = clock() + timeMs;
    return simulateIngest({ body, name, isVerbose, files, options, now: Date.now(), clock, deadline });
  },
  parse: ({ body, files, stored, timeMs }) => {
    const { event, join, tag } = settings!;
    const given = { body, files, stored, sets, tag, clock, timeMs };
    try {
      return { status: 200, body: parseRecords({ ...given, settings: { event, join }, now: Date.now() }) };
    } catch (error) {
      if (error instanceof PipelineMistakes) return mistakesAnswer(error);
      throw error;
    }
  },
  suggest: ({ body }) => ({ status: 200, body: suggestFor(body) }),
};

configureLog('silent');
try {
  setPriority(10);
} catch {
  // Not allowed here: then side by side.
}
new Link<Record<string, never>, TrialCalls>(process, calls, {
  gone: () => failed('the service is gone'),
  unknown: failed,
});

function mistakesAnswer({ code, message, mistakes }: PipelineMistakes): ReadyAnswer {
  const told = mistakes.map(({ where, what, fix, code: of }) => {
    const line = /:(\d+)$/.exec(where ?? '')?.[1];
    return { where, line: line === undefined ? undefined : Number(line), what, fix, code: of };
  });
  return { status: 400, body: JSON.stringify({ error: { code, message, mistakes: told } }) };
}

function failed(error: unknown): LongshoreError {
  return new LongshoreError('LS_TRIAL_FAILED', `it failed: ${messageOf(error)}.`);
}
