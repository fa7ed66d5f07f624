import { type KnownOption, type PipelineFacts, pipelineFacts } from '../../parse/loader/option-facts.ts';
import { MASK_PRESETS } from '../../parse/mask.ts';
import { MULTILINE_PRESETS } from '../../parse/multiline.ts';
import { meanings, summaries } from './render.ts';

type Schema = Readonly<Record<string, unknown>>;

const SCALAR = { type: ['string', 'number', 'boolean'] };
/** A text, or a script with its parameters. */
const CONDITION = {
  anyOf: [
    SCALAR,
    {
      type: 'object',
      additionalProperties: false,
      required: ['source'],
      properties: { source: { type: 'string' }, lang: { enum: ['painless'] }, params: { type: 'object' } },
    },
  ],
};
const SCALARS = { type: ['string', 'number', 'boolean', 'array'], items: SCALAR };

/** The JSON schema of pipeline files, for editors: what the readers of pipelines ask for, with the words of the reference. */
export function pipelineSchema(facts: PipelineFacts = pipelineFacts()): Schema {
  const words = meanings();
  const about = summaries();
  const of = (options: readonly KnownOption[], group: string, more: Readonly<Record<string, Schema>> = {}): Schema => {
    const told = words.get(group);
    const properties = options.map(option => [
      option.name,
      { ...describedBy(told?.get(option.name)), ...(more[option.name] ?? schemaOf(option)) },
    ]);
    const required = options.filter(({ isRequired }) => isRequired === 'yes').map(({ name }) => name);
    return {
      type: ['object', 'null'],
      additionalProperties: false,
      properties: Object.fromEntries(properties),
      ...(required.length === 0 ? {} : { required }),
    };
  };
  const processors = { type: ['array', 'null'], items: { $ref: '#/definitions/processor' } };
  const common = of(facts.common, 'common', { on_failure: processors, if: CONDITION })['properties'] as Schema;
  const kinds = [...facts.processors].map(([name, options]) => {
    const own = of(options, `processor ${name}`, { processor: { $ref: '#/definitions/processor' } });
    const described = { ...describedBy(about.get(name)), ...own };
    return [name, { ...described, properties: { ...(own['properties'] as Schema), ...common } }];
  });
  const match = of(facts.match, 'match', { if: CONDITION });
  const choice = { ...match, type: 'object', patternProperties: { '^labels?\\.': SCALARS } };
  const masks = of(facts.mask, 'mask', { preset: { enum: MASK_PRESETS } });
  const multiline = of(facts.multiline, 'multiline', { preset: { enum: MULTILINE_PRESETS } });
  const parts = {
    processors,
    on_failure: processors,
    match: { anyOf: [choice, { type: 'array', items: choice, minItems: 1 }] },
    mask: { type: 'array', items: masks },
    multiline: { anyOf: [{ enum: MULTILINE_PRESETS }, multiline] },
    tests: { type: 'array', items: of(facts.test, 'test', { expect: { type: ['object', 'array'] }, input: {} }) },
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A pipeline of Longshore',
    ...of(facts.pipeline, 'pipeline', parts),
    // For anchors.
    patternProperties: { '^x-': {} },
    definitions: {
      processor: {
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        properties: Object.fromEntries(kinds),
      },
    },
  };
}

export const pipelineSchemaText = (): string => `${JSON.stringify(pipelineSchema(), null, 1)}\n`;

function schemaOf({ name, type, fallback, choices }: KnownOption): Schema {
  const byDefault = isPlain(fallback) && fallback !== '' ? { default: fallback } : {};
  // A choice is written in any case.
  if (choices !== undefined)
    return { anyOf: [{ enum: choices }, { type: 'string', pattern: pattern(choices) }], ...byDefault };
  switch (type) {
    case 'text':
      return { ...SCALAR, ...byDefault };
    case 'boolean':
      return { enum: [true, false, 'true', 'false'], ...byDefault };
    case 'number':
      return { type: ['number', 'string'], ...byDefault };
    case 'texts':
      return SCALARS;
    case 'map of texts':
      return { type: 'object', additionalProperties: SCALAR };
    default:
      return name === 'description' ? SCALAR : {};
  }
}

const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

const pattern = (choices: readonly string[]): string =>
  `^(${choices.map(choice => [...choice].map(anyCase).join('')).join('|')})$`;

const anyCase = (c: string): string =>
  c.toLowerCase() === c.toUpperCase()
    ? c.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    : `[${c.toLowerCase()}${c.toUpperCase()}]`;

/** Without the marks of Markdown. */
function describedBy(meaning: string | undefined): Schema {
  if (meaning === undefined || meaning === '') return {};
  return { description: meaning.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1') };
}
