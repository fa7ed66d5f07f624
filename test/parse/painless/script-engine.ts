import { Double } from '../../../src/base/number/double.ts';
import { changed, EVENT, shown, sourceOf } from './script-case.ts';

/** A real ingest engine at `url`: what it makes of scripts, as cases have it. */
export class ScriptEngine {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async run(script: string): Promise<string> {
    const processors = [{ script: { source: sourceOf(script) } }];
    const body = JSON.stringify({ pipeline: { processors }, docs: [{ _source: EVENT }] });
    const response = await fetch(`${this.#url}/_ingest/pipeline/_simulate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const answer = JSON.parse(await response.text(), exact as Reviver) as Answer;
    const failure = answer.error ?? answer.docs?.[0]?.error;
    if (failure === undefined) return shown(changed(answer.docs![0]!.doc!._source));
    // It has run out of memory for the classes of scripts: a moment later it has cleared up.
    if (failure.type === 'circuit_breaking_exception') {
      await new Promise(resolve => setTimeout(resolve, 300));
      return this.run(script);
    }
    if (answer.error !== undefined) return '!refused';
    return `!${className((failure.caused_by ?? failure).type)}`;
  }

  /** So many at a time. */
  async runAll(scripts: readonly string[], together = 6): Promise<string[]> {
    const results: string[] = [];
    for (let at = 0; at < scripts.length; at += together)
      results.push(...(await Promise.all(scripts.slice(at, at + together).map(script => this.run(script)))));
    return results;
  }
}

interface EngineFailure {
  readonly type: string;
  readonly caused_by?: EngineFailure;
}
interface Answer {
  readonly error?: EngineFailure;
  readonly docs?: readonly { readonly doc?: { _source: Record<string, unknown> }; readonly error?: EngineFailure }[];
}

/** `number_format_exception` is NumberFormatException. */
const className = (type: string): string =>
  type
    .split('_')
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

type Reviver = (key: string, value: unknown) => unknown;

/** Numbers as they were written: with a point it is a double. */
function exact(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  return /^-?\d+$/.test(source) ? BigInt(source) : new Double(value);
}
