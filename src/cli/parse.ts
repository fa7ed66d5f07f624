import { parseArgs } from 'node:util';
import { loadSettings, type Settings } from '../app/settings.ts';
import { eventOf } from '../app/slices.ts';
import { lineBudgets } from '../base/regexp/line-budgets.ts';
import { configureLog } from '../core/log.ts';
import { Recorder } from '../parse/simulate/recorder.ts';
import { answerOf } from '../trial/answer.ts';
import { shownFields } from '../trial/origin.ts';
import { Trial, type Tried } from '../trial/trial.ts';
import { CONFIG_OPTIONS, CONFIG_USAGE, type Command } from './command.ts';
import { formatEvent, jsonLine, oneLine, type Paint, painter, printable } from './format.ts';
import { print } from './output.ts';
import { explainText, valueText } from './parse/explain-text.ts';
import { inputOf, linesOf } from './parse/lines.ts';
import { loadSet } from './parse/load-set.ts';
import { ORIGIN_OPTIONS, ORIGIN_USAGE, Records } from './parse/records.ts';
import { showWays } from './parse/show-ways.ts';

export const parseCommand: Command = {
  name: 'parse',
  usage: `longshore parse [--image NAME] [--explain] [--json] < LINES

      --lines FILE       read this file (default: standard input)
${ORIGIN_USAGE}
      --pipeline NAME    run this pipeline, whatever its match says; or a FILE, beside the others
      --explain          every pipeline that was asked, every processor that ran, and what each of them changed
      --json             one line of JSON for each event
      --compiled         how each line becomes its document: the function that is made for its pipeline, or what the names of its event decide
${CONFIG_USAGE}

Lines go the way that they go in the service, as those of one container: stack traces and what multiline says are joined,
match chooses the pipeline, the schema names and bounds what comes out. Nothing is stored, and no service has to run.
With --json each line has 'pipeline' (null: no pipeline took it), 'lines' (their numbers), 'event' (null: dropped), and with
--explain 'trace'. Exit code 1 if a processor failed on an event and nobody handled it, or if there was no line.`,

  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...CONFIG_OPTIONS,
        ...ORIGIN_OPTIONS,
        lines: { type: 'string' },
        pipeline: { type: 'string' },
        explain: { type: 'boolean' },
        json: { type: 'boolean' },
        compiled: { type: 'boolean' },
      },
    });
    const { settings } = loadSettings({ ...values, env: io.env });
    configureLog('silent');
    lineBudgets.setLimits(settings.expressions);
    const records = new Records(values, settings.http.tag);
    if (values.compiled === true) return showWays(values, records, settings, io);
    const isExplained = values.explain === true;
    const recorder = new Recorder({ detail: isExplained ? 'steps' : 'pipelines', clock: () => performance.now() });
    const { pipelines, mistakes } = loadSet(settings, values.pipeline, recorder);
    for (const mistake of mistakes) io.stderr.write(`longshore: left out: ${printable(mistake.message)}\n`);
    const trial = new Trial({ settings: trialSettings(settings), pipelines, recorder, isDetailed: isExplained });
    if (values.lines === undefined && io.stdin.isTTY === true)
      io.stderr.write('Reading lines from the keyboard; Ctrl-D ends them.\n');
    const show = values.json === true ? jsonText : eventText;
    const paint = painter(io);
    const output = new Output(io, tried => show(tried, isExplained, paint));
    await run(trial, records, values.lines, output, io);
    if (records.noJson > 0) io.stderr.write(`longshore: ${noJson(records.noJson)}\n`);
    if (records.count === 0) io.stderr.write('longshore: there was no line\n');
    return output.failed > 0 || records.count === 0 ? 1 : 0;
  },
};

export const trialSettings = (settings: Settings) => ({ event: eventOf(settings), join: settings.join });

async function run(
  trial: Trial,
  records: Records,
  path: string | undefined,
  output: Output,
  io: NodeJS.Process,
): Promise<void> {
  const waiting = new Waiting(trial, output);
  for await (const lines of linesOf(inputOf(path, io))) {
    waiting.stop();
    for (let i = 0; i < lines.length; ) {
      const results: Tried[] = [];
      for (const end = Math.min(lines.length, i + BATCH); i < end; i++) {
        const record = records.of(lines[i]!);
        if (record !== undefined) results.push(...trial.take(record));
      }
      if (!(await output.write(results))) return;
    }
    waiting.start();
  }
  waiting.stop();
  await output.write(trial.expire(Number.POSITIVE_INFINITY));
}

/** Lines that are shown together. */
const BATCH = 200;

/** `tail -f app.log | longshore parse`: what waits for its rest is shown when nothing follows. */
class Waiting {
  readonly #trial: Trial;
  readonly #output: Output;
  #timer: NodeJS.Timeout | undefined;

  constructor(trial: Trial, output: Output) {
    this.#trial = trial;
    this.#output = output;
  }

  start(): void {
    const deadline = this.#trial.nextDeadline();
    if (deadline === undefined) return;
    this.#timer = setTimeout(
      () => {
        void this.#output.write(this.#trial.expire(Date.now()));
        this.start();
      },
      Math.max(10, deadline - Date.now()),
    );
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

class Output {
  readonly #io: NodeJS.Process;
  readonly #show: (tried: Tried) => string;
  failed = 0;

  constructor(io: NodeJS.Process, show: (tried: Tried) => string) {
    this.#io = io;
    this.#show = show;
  }

  /** False: nobody reads any more. */
  async write(results: readonly Tried[]): Promise<boolean> {
    let text = '';
    for (const tried of results) {
      if (tried.event?.fields['pipeline_error'] !== undefined) this.failed++;
      text += this.#show(tried);
    }
    return print(this.#io.stdout, text);
  }
}

const jsonText = (tried: Tried, isExplained: boolean): string =>
  `${jsonLine(answerOf(tried, { isExplained, hasParts: false }))}\n`;

function eventText(tried: Tried, isExplained: boolean, paint: Paint): string {
  const { lines, event, trace } = tried;
  const from = trace?.pipeline === undefined ? 'no pipeline' : `pipeline ${oneLine(trace.pipeline)}`;
  const numbers = lines.length > 1 ? `lines ${Math.min(...lines)} to ${Math.max(...lines)}` : `line ${lines[0]}`;
  const head = paint(90, `${numbers}: ${from}${event === undefined ? ', dropped' : ''}`);
  const explained = isExplained ? explainText(tried, paint) : '';
  if (event === undefined) return `${head}\n${explained}`;
  const fields = shownFields(event.fields);
  const rest = Object.keys(fields)
    .filter(name => !FIRST.has(name))
    .map(name => `    ${paint(36, oneLine(name))}: ${valueText(fields[name])}\n`);
  return `${head}\n${explained}${formatEvent(fields as never, paint)}\n${rest.join('')}`;
}

/** Shown in the first line of an event. */
const FIRST = new Set(['@timestamp', 'level', 'service', 'message']);

const noJson = (lines: number): string =>
  lines === 1
    ? '1 line is no JSON object and was taken as a text'
    : `${lines} lines are no JSON objects and were taken as texts`;
