import type { CollectionTag, ScalarTag, Tags } from 'yaml';
import { indentContinuedLines } from './continued-lines.ts';
import type { YamlDialect } from './read.ts';

/**
 * YAML 1.1 as PyYAML reads it: `no` is false, `010` is 8, `1_000` is 1000, `1:30` is 90, but `08`, `1e3` and `y` are texts;
 * the last of two equal keys wins. Dates stay text.
 */
export const PYTHON_YAML: Omit<YamlDialect, 'code'> = {
  options: { version: '1.1', uniqueKeys: false, customTags: tags => [...collections(tags), ...SCALARS] },
  keyText: key => (key === null ? 'None' : key === true ? 'True' : key === false ? 'False' : String(key)),
  secondReading: indentContinuedLines,
  knowsAllTags: true,
};

const prefix = 'tag:yaml.org,2002:';
const KEPT = ['map', 'seq', 'str', 'merge'].map(name => prefix + name);

/** Of the package: what is no scalar of our own. */
const collections = (tags: Tags): (CollectionTag | ScalarTag)[] =>
  tags.filter(tag => typeof tag !== 'string' && KEPT.includes(tag.tag)) as (CollectionTag | ScalarTag)[];

// What PyYAML takes for these, rewritten from its behaviour; a plain scalar that is none of them is a text.
const NULL = /^(?:~|null|Null|NULL|)$/;
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const INTEGER = /^[-+]?(?:0b[01_]+|0[0-7_]+|0x[\da-fA-F_]+|0|[1-9][\d_]*(?::[0-5]?\d)*)$/;
const FLOAT =
  /^(?:[-+]?\d[\d_]*(?:\.[\d_]*(?:[eE][-+]\d+)?|(?::[0-5]?\d)+\.[\d_]*)|\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

function scalar(name: string, test: RegExp, resolve: ScalarTag['resolve']): ScalarTag[] {
  const tag = prefix + name;
  // The second one is for whoever writes the tag, as !!float 5.
  return [
    { tag, default: true, test, resolve },
    { tag, resolve: (text, onError, options) => resolve(text.trim(), onError, options) },
  ];
}

const SCALARS: ScalarTag[] = [
  ...scalar('null', NULL, () => null),
  { tag: `${prefix}bool`, default: true, test: TRUE, resolve: () => true },
  { tag: `${prefix}bool`, default: true, test: FALSE, resolve: () => false },
  ...scalar('int', INTEGER, (text, onError) => {
    if (INTEGER.test(text)) return wholeNumber(text);
    onError(`"${text}" is no whole number`);
    return text;
  }),
  ...scalar('float', FLOAT, (text, onError) => {
    const value = floatOf(text);
    if (value !== undefined) return value;
    onError(`"${text}" is no number`);
    return text;
  }),
];

function wholeNumber(text: string): bigint {
  const [, sign, digits = ''] = /^([-+]?)(.*)$/.exec(text.replaceAll('_', ''))!;
  const value = digits.includes(':')
    ? digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n)
    : BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits || '0');
  return sign === '-' ? -value : value;
}

function floatOf(text: string): number | undefined {
  const plain = text.replaceAll('_', '').toLowerCase();
  const [, sign, digits = ''] = /^([-+]?)(.*)$/.exec(plain)!;
  const size =
    digits === '.inf'
      ? Number.POSITIVE_INFINITY
      : digits === '.nan'
        ? Number.NaN
        : digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  if (Number.isNaN(size) && digits !== '.nan') return undefined;
  return sign === '-' ? -size : size;
}
