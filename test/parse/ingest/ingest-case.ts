import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Double } from '../../../src/base/number/double.ts';

/** One line of a case file: what a real engine made of a document. */
export interface IngestCase {
  readonly id: string;
  /** The processor or feature: `gsub`, `on_failure`, `condition`. */
  readonly group: string;
  readonly pipeline: PipelineSource;
  /** Other pipelines that `pipeline` processors call. */
  readonly pipelines?: Readonly<Record<string, PipelineSource>>;
  readonly doc: Readonly<Record<string, unknown>>;
  /** Received then; where the year of the clock matters. */
  readonly now?: string;
  readonly expect: Expectation;
  /** Begins with `ES-differs` where Elasticsearch 8 or 9 is known to do something else. */
  readonly note?: string;
}

export interface PipelineSource {
  readonly processors: readonly ProcessorSource[];
  readonly on_failure?: readonly ProcessorSource[];
}

export type ProcessorSource = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Expectation {
  /** The whole document afterwards. */
  readonly doc?: unknown;
  readonly dropped?: true;
  /** `load`: the pipeline cannot be stored. `run`: it fails with nobody handling it. Type and reason are the engine's words. */
  readonly error?: {
    readonly at: 'load' | 'run';
    readonly type?: string;
    readonly reason?: string;
    readonly cause?: string;
  };
}

/**
 * The cases of a file. Numbers stand as the engine printed them: a whole one with a point or an exponent is a `Double`, an
 * integer beyond 2^53 a bigint.
 */
export function readCases(path: string): IngestCase[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(readCase);
}

export function readCase(line: string): IngestCase {
  return JSON.parse(line, exactNumber as Reviver) as IngestCase;
}

/** JSON text with the digits that were read: `5.0` stays `5.0`. */
export function writeExact(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, item) {
    // A Double has made itself a plain number by now.
    const given = this[key];
    if (given instanceof Double) return rawJson(writtenDouble(given.value));
    return typeof item === 'bigint' ? rawJson(String(item)) : item;
  });
}

/** The project's own case files. */
export function ownCaseFiles(): string[] {
  const folder = new URL('./cases/', import.meta.url).pathname;
  return readdirSync(folder)
    .filter(name => name.endsWith('.jsonl'))
    .sort()
    .map(name => join(folder, name));
}

/** Files from outside: of the folder LONGSHORE_CONFORMANCE, and those that `variable` names, separated by colons. */
export function externalCaseFiles(folder: 'ingest' | 'grok', variable: 'INGEST_CASES' | 'GROK_CASES'): string[] {
  const conformance = process.env['LONGSHORE_CONFORMANCE'];
  const more = (process.env[variable] ?? '').split(':').filter(path => path !== '');
  return [...(conformance === undefined ? [] : [join(conformance, folder, 'cases.jsonl')]), ...more];
}

/** A reviver for `JSON.parse`. */
export function exactNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  if (/[.eE]/.test(context.source)) return Number.isInteger(value) ? new Double(value) : value;
  return Number.isSafeInteger(value) ? value : BigInt(context.source);
}

function writtenDouble(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return /[.e]/.test(text) ? text : Math.abs(value) < 1e15 ? `${text}.0` : value.toExponential();
}

export type Reviver = (key: string, value: unknown) => unknown;
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
