import { Double } from '../../base/number/double.ts';
import { isoTime } from '../../base/time/iso.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { parseTypedJson } from '../json-values.ts';
import { loadPipelines, type PipelineFile, type PipelineOptions, type PipelineSet } from '../pipelines.ts';
import { calledFiles } from './called.ts';
import { frozenCopy } from './changes.ts';
import { exactJson } from './exact-json.ts';
import { Recorder } from './recorder.ts';
import type { StepTrace } from './run-trace.ts';

export interface IngestSimulation {
  /** JSON, as it came. */
  readonly body: string;
  /** A pipeline of `files`; undefined: the body brings one. */
  readonly name: string | undefined;
  readonly isVerbose: boolean;
  /** The pipelines that run. */
  readonly files: readonly PipelineFile[];
  /** How pipelines are loaded. */
  readonly options: PipelineOptions;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly clock: () => number;
  /** Of `clock`: after that nothing more is run. */
  readonly deadline: number;
}

/** What Elasticsearch calls it, for clients that look at `type`. */
type ErrorType = 'parse_exception' | 'illegal_argument_exception' | 'fail_processor_exception' | 'timeout_exception';

const OWN_NAME = '_simulate_pipeline';
const MAX_DOCS = 1000;
/** Of a document, beside its source. */
const METADATA = ['_index', '_type', '_id', '_routing', '_version', '_version_type', '_if_seq_no', '_if_primary_term'];

/** Elasticsearch's `_simulate`: the answer with its status. Mistakes are answers, too. */
export function simulateIngest(request: IngestSimulation): { status: number; body: string } {
  let docs: readonly Fields[];
  let set: PipelineSet;
  const recorder = new Recorder({
    detail: request.isVerbose ? 'documents' : 'steps',
    clock: request.clock,
    deadline: () => request.deadline,
  });
  try {
    const body = bodyOf(request.body);
    set = setOf(body, request, recorder);
    docs = docsOf(body);
  } catch (error) {
    return refusal(400, error);
  }
  const results = docs.map(doc => simulated(doc, set, recorder, request));
  return { status: 200, body: exactJson({ docs: results }) };
}

/** An error in Elasticsearch's form. */
export function refusal(status: number, error: unknown): { status: number; body: string } {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const reason = first instanceof LongshoreError ? [first.what, first.fix ?? ''].join(' ').trim() : messageOf(first);
  const type = first instanceof Misfit ? first.type : 'parse_exception';
  return { status, body: JSON.stringify({ ...errorOf(type, reason), status }) };
}

class Misfit extends Error {
  readonly type: ErrorType;

  constructor(type: ErrorType, message: string) {
    super(message);
    this.type = type;
  }
}

function bodyOf(text: string): Fields {
  if (text.trim() === '') throw new Misfit('parse_exception', 'request body or source parameter is required');
  let body: unknown;
  try {
    body = parseTypedJson(text).value;
  } catch (error) {
    throw new Misfit('parse_exception', `the body is no JSON: ${messageOf(error)}`);
  }
  if (!isFields(body)) throw new Misfit('parse_exception', 'the body is no JSON object');
  return body;
}

function setOf(body: Fields, request: IngestSimulation, recorder: Recorder): PipelineSet {
  const { name, files } = request;
  const options = { ...request.options, observer: recorder };
  if (name !== undefined) {
    const called = calledFiles({ pipeline: { name } }, files);
    const found = called.length === 0 ? undefined : loadPipelines(called, options).only(name);
    if (found === undefined) throw new Misfit('illegal_argument_exception', `pipeline [${name}] does not exist`);
    return found;
  }
  const definition = body['pipeline'];
  if (definition === undefined) throw new Misfit('parse_exception', '[pipeline] required property is missing');
  if (!isFields(definition)) throw new Misfit('parse_exception', '[pipeline] must be an object');
  if (definition['processors'] === undefined)
    throw new Misfit('parse_exception', '[processors] required property is missing');
  const own = { path: `${OWN_NAME}.json`, text: exactJson(definition) };
  return loadPipelines([own, ...calledFiles(definition, files)], options).only(OWN_NAME)!;
}

function docsOf(body: Fields): readonly Fields[] {
  const { docs } = body;
  if (docs === undefined) throw new Misfit('parse_exception', '[docs] required property is missing');
  if (!Array.isArray(docs)) throw new Misfit('parse_exception', '[docs] must be a list');
  if (docs.length === 0) throw new Misfit('illegal_argument_exception', 'must specify at least one document in [docs]');
  if (docs.length > MAX_DOCS)
    throw new Misfit('illegal_argument_exception', `there are more than ${MAX_DOCS} documents in [docs]`);
  for (const doc of docs)
    if (!isFields(doc) || !isFields(doc['_source']))
      throw new Misfit('parse_exception', '[_source] required property is missing');
  return docs;
}

function simulated(doc: Fields, set: PipelineSet, recorder: Recorder, request: IngestSimulation): unknown {
  const event = frozenCopy(doc['_source']) as Fields;
  const meta = { tag: '', time: Number.NaN, receivedAt: request.now };
  recorder.begin(event);
  recorder.metadata = { _index: '_index', _id: '_id' };
  for (const key of METADATA) if (doc[key] !== undefined) recorder.metadata[key] = doc[key];
  const out = set.run(event, meta);
  const trace = recorder.end(event, out);
  if (request.isVerbose)
    return { processor_results: trace.pipelines.flatMap(({ steps }) => resultsOf(steps, request)) };
  if (trace.isLate) return errorOf('timeout_exception', 'the time of the request was over');
  const failure = trace.pipelines[0]?.failure;
  if (failure !== undefined) return errorOf(typeOf(failure.processor), failure.message);
  return out === undefined ? null : { doc: documentOf(event, recorder.metadata, { timestamp: isoTime(request.now) }) };
}

/** As Elasticsearch tells them: a called pipeline, then its processors; of a `foreach` only itself. */
function resultsOf(steps: readonly StepTrace[], request: IngestSimulation): unknown[] {
  return steps.flatMap(step => {
    const { type, tag, description, condition, failure, status, document, ingest, steps: inner } = step;
    const error = failure === undefined ? undefined : errorOf(typeOf(type), failure);
    const isCall = type === 'pipeline' && inner.length > 0;
    const result = {
      processor_type: type,
      status: isCall ? 'success' : STATUS[status],
      description,
      tag,
      if: condition === undefined ? undefined : { condition: condition.text, result: condition.holds ?? false },
      ...(isCall || error === undefined ? {} : status === 'failure_ignored' ? { ignored_error: error } : error),
      ...(isCall || document === undefined || !SHOWN.has(status)
        ? {}
        : {
            doc: documentOf(document, step.metadata ?? {}, {
              pipeline: step.pipeline,
              ...ingest,
              timestamp: isoTime(request.now),
            }),
          }),
    };
    return [result, ...(type === 'pipeline' ? resultsOf(inner, request) : [])];
  });
}

const STATUS: Readonly<Record<StepTrace['status'], string>> = {
  success: 'success',
  ended: 'success',
  skipped: 'skipped',
  failure: 'error',
  failure_ignored: 'error_ignored',
  dropped: 'dropped',
  late: 'error',
};
const SHOWN: ReadonlySet<StepTrace['status']> = new Set<StepTrace['status']>(['success', 'ended', 'failure_ignored']);

function documentOf(event: Fields, metadata: Fields, ingest: Fields): Fields {
  const doc = newFields();
  for (const key of METADATA) if (metadata[key] !== undefined) doc[key] = metadata[key];
  const source = newFields();
  for (const key of Object.keys(event)) {
    const value = event[key];
    if (value === undefined || key.startsWith('_ingest.')) continue;
    source[key] = key === '@timestamp' ? timeText(value) : frozenCopy(value);
  }
  doc['_source'] = source;
  doc['_ingest'] = ingest;
  return doc;
}

/** Pipelines hold the event's time as a number. */
function timeText(value: unknown): unknown {
  const ms = value instanceof Double ? value.value : value;
  return typeof ms === 'number' && Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? isoTime(Math.floor(ms)) : value;
}

const typeOf = (processor: string): ErrorType =>
  processor === 'fail' ? 'fail_processor_exception' : 'illegal_argument_exception';

function errorOf(type: ErrorType, reason: string): { error: unknown } {
  return { error: { root_cause: [{ type, reason }], type, reason } };
}
