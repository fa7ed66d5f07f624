import { setPriority } from 'node:os';
import { Link } from '../../base/process/link.ts';
import { lineBudgets } from '../../base/regexp/line-budgets.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { configureLog } from '../../core/log.ts';
import { pipelineOptionsOf } from '../../definitions/pipeline-options.ts';
import type { PipelineOptions } from '../../parse/pipelines.ts';
import { simulateIngest } from '../../parse/simulate/ingest-simulate.ts';
import { parseRecords } from '../parse-records.ts';
import type { TrialCalls, TrialSettings } from './protocol.ts';

/**
 * The process in which pipelines and lines of requests are tried. A process, and not a thread: intake goes first on the
 * processor, what it takes of memory is limited, and the service can end it at any moment.
 */
let settings: TrialSettings | undefined;
let options: PipelineOptions = {};

const clock = (): number => performance.now();

const calls: TrialCalls = {
  configure(given) {
    settings = given;
    options = pipelineOptionsOf(given.pipelines);
    lineBudgets.setLimits(given.expressions);
  },
  simulate: ({ body, files, name, isVerbose, timeMs }) => {
    const deadline = clock() + timeMs;
    return simulateIngest({ body, name, isVerbose, files, options, now: Date.now(), clock, deadline });
  },
  parse: ({ body, files, timeMs }) => {
    const deadline = clock() + timeMs;
    const { event, join, tag } = settings!;
    const answer = parseRecords({
      body,
      settings: { event, join },
      files,
      options,
      tag,
      now: Date.now(),
      clock,
      deadline,
    });
    return { status: 200, body: answer };
  },
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

function failed(error: unknown): LongshoreError {
  return new LongshoreError('LS_TRIAL_FAILED', `it failed: ${messageOf(error)}.`);
}
