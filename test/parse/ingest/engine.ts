import {
  type Expectation,
  exactNumber,
  type IngestCase,
  type PipelineSource,
  type Reviver,
  writeExact,
} from './ingest-case.ts';

/** A real ingest engine at `url` (`http://127.0.0.1:9200`): what it makes of cases. */
export class Engine {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async ask(one: Pick<IngestCase, 'pipeline' | 'pipelines' | 'doc'>): Promise<Expectation> {
    return (await this.askAll(one, [one.doc]))[0]!;
  }

  /** Stores the other pipelines of the case, asks, and takes them away again. */
  async askAll(one: Pick<IngestCase, 'pipeline' | 'pipelines'>, docs: readonly unknown[]): Promise<Expectation[]> {
    const names = Object.entries(one.pipelines ?? {});
    for (const [name, source] of names) await this.#call('PUT', `/_ingest/pipeline/${name}`, source);
    try {
      return await this.simulate(one.pipeline, docs);
    } finally {
      for (const [name] of names) await this.#call('DELETE', `/_ingest/pipeline/${name}`);
    }
  }

  /** One answer a document. */
  async simulate(pipeline: PipelineSource, docs: readonly unknown[]): Promise<Expectation[]> {
    const body = { pipeline, docs: docs.map(doc => ({ _source: doc })) };
    const answer = (await this.#call('POST', '/_ingest/pipeline/_simulate', body)) as SimulateAnswer;
    if (answer.error !== undefined) {
      // Some failures of `foreach` end the whole request, for one of its documents.
      const at = answer.error.reason?.startsWith('field [') ? 'run' : 'load';
      if (at === 'run' && docs.length > 1)
        return (await Promise.all(docs.map(doc => this.simulate(pipeline, [doc])))).flat();
      return docs.map(() => ({ error: { at, ...wordsOf(answer.error!) } }));
    }
    return answer.docs!.map(one => {
      if (one === null) return { dropped: true };
      if (one.error !== undefined) return { error: { at: 'run', ...wordsOf(one.error) } };
      return { doc: one.doc!._source };
    });
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: writeExact(body) }),
    });
    const text = await response.text();
    // A mistake in a pattern of `dissect` is an error of the engine's own, to it.
    if (response.status >= 429 && !text.includes('"processor_type"'))
      throw new Error(`the engine cannot answer: ${text.slice(0, 200)}`);
    return JSON.parse(text, exactNumber as Reviver);
  }
}

interface SimulateAnswer {
  readonly error?: EngineError;
  readonly docs?: readonly ({ readonly doc?: { readonly _source: unknown }; readonly error?: EngineError } | null)[];
}

interface EngineError {
  readonly type: string;
  readonly reason?: string | null;
  readonly caused_by?: { readonly type: string };
}

function wordsOf({ type, reason, caused_by }: EngineError): { type: string; reason: string; cause?: string } {
  const words = { type, reason: reason ?? '' };
  return caused_by === undefined ? words : { ...words, cause: caused_by.type };
}
