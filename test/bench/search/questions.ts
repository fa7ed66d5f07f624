/* What the page asks, in our language and in LogsQL. */
import type { Chunk } from '../../../src/core/contracts.ts';

export interface Question {
  readonly name: string;
  readonly query: string;
  /** The same in LogsQL. */
  readonly logsql: string;
  /** Of the histogram; null: not parted; undefined: a page of the newest 100. */
  readonly by?: string | null;
}

const page = (query: string, logsql: string, name = `newest 100 of ${query}`): Question => ({ name, query, logsql });

export const QUESTIONS: readonly Question[] = [
  page('', '*', 'newest 100 of everything'),
  page('level:ERROR', 'level:=ERROR'),
  page('response:500', 'response:=500'),
  page('bytes:>49990 AND verb:POST', 'bytes:>49990 verb:=POST'),
  page('clientip:10.1.2.3', 'clientip:=10.1.2.3'),
  page('uetZALcoat', '~"(?i)uetzalcoat"', 'a rare word, inside of a word, any case'),
  page('xylophone', '~"(?i)xylophone"', 'a word that is nowhere, inside of words, any case'),
  page('xylophone', 'xylophone', 'a word that is nowhere (theirs: whole, exact case)'),
  page(
    'request_id:4bf92f3577b34da6a3ce929d0e0e4736',
    'request_id:="4bf92f3577b34da6a3ce929d0e0e4736"',
    'an id of a found field that is nowhere',
  ),
  page(
    'message:/users\\/[0-9]+7 HTTP.{1,9}404/',
    '~"users/[0-9]+7 HTTP.{1,9}404"',
    'newest 100 of a regular expression',
  ),
  { name: 'histogram of everything by level', query: '', logsql: '*', by: 'level' },
  { name: 'histogram of level:ERROR', query: 'level:ERROR', logsql: 'level:=ERROR', by: null },
  { name: 'histogram of response:500', query: 'response:500', logsql: 'response:=500', by: null },
  { name: 'histogram of everything by verb', query: '', logsql: '*', by: 'verb' },
];

/** Buckets of a histogram: half hours of a day. */
export const BUCKETS = 80;
export const STEP = '30m';

/** One answer, times in milliseconds. */
export interface Answer {
  /** Until the rows were there; undefined for a histogram. */
  readonly rows?: number;
  /** Until rows and total were there, or the histogram. */
  readonly all: number;
  readonly said: string;
}

/** A program that has the events and is asked for them. */
export interface Searched {
  readonly name: string;
  readonly pid: number;
  /** Takes a chunk over. */
  accept(chunk: Chunk): Promise<void>;
  /** Resolves when it has nothing to do any more. */
  settled(): Promise<void>;
  /** What it has of events, in one line. */
  describe(): Promise<string>;
  ask(question: Question): Promise<Answer>;
  end(): Promise<void>;
}
