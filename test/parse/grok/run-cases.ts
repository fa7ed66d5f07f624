import { readFileSync } from 'node:fs';
import { type Fields, isFields, newFields } from '../../../src/core/event.ts';
import { Grok } from '../../../src/parse/grok/grok.ts';

/** One line of a case file. */
export interface GrokCase {
  id: string;
  mode: 'legacy' | 'ecs-v1';
  match: string;
  message: string;
  matches: boolean;
  /** What the captures set on an empty event, in Logstash's names: `verb`, `[http][request][method]`. */
  fields?: Fields;
  /** Where the reference forgets a type: what should be. */
  fields_sane?: Fields;
  definitions?: Record<string, string>;
  named_captures_only?: boolean;
  note?: string;
}

export interface CaseResult {
  outcome: string;
  fields: Fields;
  expected: Fields;
}

export function readCases(path: string | URL): GrokCase[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => JSON.parse(line) as GrokCase);
}

export function runCase(one: GrokCase): CaseResult {
  const grok = grokFor(one);
  const target = newFields();
  const outcome = grok.match(one.message, target);
  return {
    outcome,
    fields: flatten(target),
    expected: plain(one.matches ? (one.fields_sane ?? one.fields ?? {}) : {}),
  };
}

const compiled = new Map<string, Grok>();

function grokFor(one: GrokCase): Grok {
  const key = JSON.stringify([one.match, one.mode, one.definitions, one.named_captures_only]);
  let grok = compiled.get(key);
  if (grok === undefined) {
    grok = new Grok([one.match], {
      dialect: 'logstash',
      ecs: one.mode === 'ecs-v1' ? 'v1' : 'disabled',
      definitions: one.definitions,
      named_captures_only: one.named_captures_only,
    });
    compiled.set(key, grok);
  }
  return grok;
}

/** Nested objects as bracket names, which is how the cases write them. */
function flatten(fields: Fields, prefix = ''): Fields {
  const flat: Fields = {};
  for (const [key, value] of Object.entries(fields)) {
    if (isFields(value)) Object.assign(flat, flatten(value, `${prefix}[${key}]`));
    else flat[prefix === '' ? key : `${prefix}[${key}]`] = value;
  }
  return flat;
}

function plain(fields: Fields): Fields {
  const flat: Fields = {};
  for (const [key, value] of Object.entries(fields)) flat[/^\[[^[\]]+\]$/.test(key) ? key.slice(1, -1) : key] = value;
  return flat;
}
