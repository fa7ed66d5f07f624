import { readFileSync } from 'node:fs';
import { FORMAT_NAMES } from '../../base/time/pattern/named.ts';
import { type KnownOption, type PipelineFacts, pipelineFacts } from '../../parse/loader/option-facts.ts';
import { SCRIPT_LIMITS } from '../../parse/painless/limits.ts';
import { table } from '../docs/table.ts';
import { renderClasses, renderMissing } from './library.ts';

/*
 * The words of these pages stand in `words/`: Markdown in which a table `| Option | Default | Meaning |` says what options mean. What
 * an option is (type, default, whether it is required, its choices) comes from the code that reads it; the words name a default only
 * where the code's says nothing. A table is of the processor whose heading stands above it, or of what a comment before it names.
 */

export const PAGES = ['processors', 'masks', 'multiline', 'pipelines', 'conditions', 'scripts'] as const;
export type PageName = (typeof PAGES)[number];

/** A page of the reference. */
export function renderPage(name: PageName, facts: PipelineFacts = pipelineFacts()): string {
  const lines: string[] = [];
  for (const block of blocksOf(wordsOf(name))) {
    if (typeof block === 'string') lines.push(filled(block));
    else lines.push(optionsTable(block, optionsIn(facts, block.group)));
  }
  return lines.join('\n');
}

/** A line; where it is a comment that names something, that. */
function filled(line: string): string {
  const [, name, rest = ''] = /^<!-- (date formats|limits|missing|classes)(?:: (.*))? -->$/.exec(line) ?? [];
  if (name === 'date formats') return formatsTable();
  if (name === 'limits') return limitsTable();
  if (name === 'missing') return renderMissing();
  return name === 'classes' ? renderClasses(rest) : line;
}

/** What options mean, by what they belong to: `processor set`, `match`. */
export function meanings(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const found = new Map<string, Map<string, string>>();
  for (const name of PAGES)
    for (const block of blocksOf(wordsOf(name)))
      if (typeof block !== 'string')
        found.set(block.group, new Map(block.rows.map(([option, , meaning]) => [option, meaning])));
  return found;
}

/** The first sentence below the heading of a processor. */
export function summaries(): ReadonlyMap<string, string> {
  const sections = wordsOf('processors').split(/^## /m).slice(1);
  return new Map(
    sections.map(section => {
      const [name = '', , first = ''] = section.split('\n');
      return [name, first];
    }),
  );
}

interface Words {
  readonly group: string;
  /** Option, default, meaning. */
  readonly rows: readonly (readonly [string, string, string])[];
}

const HEAD = '| Option | Default | Meaning |';

const wordsOf = (name: PageName): string => readFileSync(new URL(`words/${name}.md`, import.meta.url), 'utf8');

/** Lines, and tables of options. */
function blocksOf(text: string): (string | Words)[] {
  const blocks: (string | Words)[] = [];
  let group = '';
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const named = /^<!-- options: (.*) -->$/.exec(line)?.[1];
    const heading = /^## (\w+)$/.exec(line)?.[1];
    if (named !== undefined) {
      group = named;
      continue;
    }
    if (heading !== undefined) group = `processor ${heading}`;
    if (line !== HEAD) {
      blocks.push(line);
      continue;
    }
    const rows: [string, string, string][] = [];
    for (i += 2; lines[i]?.startsWith('|') === true; i++) {
      const [option = '', byDefault = '', meaning = ''] = lines[i]!.split(/(?<!\\)\|/)
        .slice(1, -1)
        .map(cell => cell.trim().replaceAll('\\|', '|'));
      rows.push([option.replaceAll('`', ''), byDefault, meaning]);
    }
    i--;
    blocks.push({ group, rows });
  }
  return blocks;
}

function optionsIn(facts: PipelineFacts, group: string): readonly KnownOption[] {
  if (group.startsWith('processor ')) return facts.processors.get(group.slice('processor '.length)) ?? [];
  return facts[group as Exclude<keyof PipelineFacts, 'processors'>];
}

/** In the order of the words; what has no words comes behind. */
function optionsTable({ rows, group }: Words, options: readonly KnownOption[]): string {
  const known = new Map(options.map(option => [option.name, option]));
  const strange = rows.find(([name]) => !known.has(name));
  if (strange !== undefined) throw new Error(`words/: ${group} has no option ${strange[0]}`);
  const told = new Set(rows.map(([name]) => name));
  const all = [...rows, ...options.filter(({ name }) => !told.has(name)).map(({ name }) => [name, '', ''] as const)];
  return table(
    ['Option', 'Type', 'Default', 'Meaning'],
    all.map(([name, byDefault, meaning]) => {
      const option = known.get(name)!;
      const choices = option.choices === undefined ? '' : ` One of ${option.choices.map(code).join(', ')}.`;
      return [code(name), typeOf(option), byDefault === '' ? defaultOf(option) : byDefault, meaning + choices];
    }),
  );
}

const TYPES: Readonly<Record<KnownOption['type'], string>> = {
  text: 'text',
  boolean: 'true or false',
  number: 'number',
  texts: 'text or list',
  'map of texts': 'mapping of texts',
  any: 'any',
};

/** What is looked at as it is. */
const OWN_TYPES: Readonly<Record<string, string>> = {
  description: 'text',
  processors: 'processors',
  on_failure: 'processors',
  processor: 'processor',
  match: 'mapping or list',
  multiline: 'text or mapping',
  mask: 'list',
  tests: 'list',
};

const typeOf = ({ name, type }: KnownOption): string => (type === 'any' ? (OWN_TYPES[name] ?? 'any') : TYPES[type]);

function defaultOf({ isRequired, fallback }: KnownOption): string {
  if (isRequired !== 'no') return 'required';
  if (fallback === undefined || fallback === '' || (Array.isArray(fallback) && fallback.length === 0)) return '';
  return Array.isArray(fallback) ? fallback.map(item => code(String(item))).join(', ') : code(String(fallback));
}

const code = (text: string): string => `\`${text}\``;

const limitsTable = (): string =>
  table(
    ['What', 'At most'],
    SCRIPT_LIMITS.map(([what, limit]) => [what, limit.toLocaleString('en')]),
  );

function formatsTable(): string {
  return table(
    ['Name', 'Written as'],
    FORMAT_NAMES.map(([name, printed]) => [code(name), code(printed)]),
  );
}
