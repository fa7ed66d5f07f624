import { newFields } from '../../core/event.ts';
import { PROCESSORS } from '../processors/index.ts';
import { type OptionFact, type OptionReader, Probe } from './option-reader.ts';
import { readPipeline } from './read-pipeline.ts';

export interface KnownOption {
  readonly name: string;
  readonly type: OptionFact['type'];
  /** Undefined: there is none. */
  readonly fallback: unknown;
  /** `sometimes`: another option can stand for it. */
  readonly isRequired: 'yes' | 'no' | 'sometimes';
  readonly choices: readonly string[] | undefined;
}

/** What a pipeline file may hold, as its readers ask for it: no list is kept beside them. */
export interface PipelineFacts {
  readonly pipeline: readonly KnownOption[];
  readonly match: readonly KnownOption[];
  readonly multiline: readonly KnownOption[];
  readonly mask: readonly KnownOption[];
  readonly test: readonly KnownOption[];
  /** Those of every processor. */
  readonly common: readonly KnownOption[];
  readonly processors: ReadonlyMap<string, readonly KnownOption[]>;
}

export const COMMON_OPTIONS: readonly string[] = ['if', 'ignore_failure', 'on_failure', 'tag', 'description'];

export function pipelineFacts(): PipelineFacts {
  const processors = PROCESSORS.map(
    ({ name }) => [name, ofReader(`processor ${name}`, inner => processor(name, inner))] as const,
  );
  const own = ([name, options]: readonly [string, readonly KnownOption[]]) =>
    [name, options.filter(one => !COMMON_OPTIONS.includes(one.name))] as const;
  const part = (what: string, name: string): KnownOption[] =>
    ofReader(what, inner => `${name}: ${inner}\nprocessors: []\n`);
  return {
    pipeline: ofReader('a pipeline', inner => inner),
    match: part('`match`', 'match'),
    multiline: part('`multiline`', 'multiline'),
    mask: ofReader('`mask`', inner => `mask: [${inner}]\nprocessors: []\n`),
    test: ofReader('a test', inner => `tests: [${inner}]\nprocessors: []\n`),
    common: processors[0]![1].filter(one => COMMON_OPTIONS.includes(one.name)),
    processors: new Map(processors.map(own)),
  };
}

const processor = (name: string, inner: string): string => `processors: [{ ${name}: ${inner} }]\n`;

/** Asked with no option at all, and then with each one: some are only read when they are there, or stand for others. */
function ofReader(what: string, text: (inner: string) => string): KnownOption[] {
  const facts = new Map<string, OptionFact>();
  const ask = (options: string): ReadonlySet<string> => {
    const { reader, missing } = probed(what, text(options));
    for (const [name, fact] of reader?.facts ?? []) {
      const before = facts.get(name);
      if (before === undefined || (before.type === 'any' && fact.type !== 'any')) facts.set(name, fact);
    }
    return missing;
  };
  const missing = ask('{}');
  const sometimes = new Set<string>();
  for (const [name] of [...facts]) {
    const still = ask(`{ ${name}: x }`);
    for (const one of missing) if (one !== name && !still.has(one)) sometimes.add(one);
  }
  return [...facts].map(([name, { type, fallback, choices }]) => {
    const isRequired = !missing.has(name) ? 'no' : sometimes.has(name) ? 'sometimes' : 'yes';
    return { name, type, fallback: isRequired === 'no' ? fallback : undefined, isRequired, choices };
  });
}

function probed(what: string, text: string): { reader: OptionReader | undefined; missing: ReadonlySet<string> } {
  const probe = new Probe();
  readPipeline({ path: 'probe.yaml', text }, SURROUNDINGS, probe);
  const said = probe
    .filter(({ code, what: sentence }) => code === 'LS_PIPELINE_MISSING_OPTION' && sentence.startsWith(`${what} needs`))
    .flatMap(({ what: sentence }) => [...sentence.matchAll(/`(\w+)`/g)].map(([, name]) => name!))
    .filter(name => name !== what.replaceAll('`', ''));
  return { reader: probe.readers.find(reader => reader.what === what), missing: new Set(said) };
}

const SURROUNDINGS = {
  timezone: 'UTC',
  geo: undefined,
  file: () => undefined,
  grok: newFields(),
  find: () => undefined,
  calls: () => {},
  doubt: () => {},
};
