import { isFields } from '../../../../src/core/event.ts';
import { type IngestCase, type PipelineSource, writeExact } from '../ingest-case.ts';
import { type Outcome, runCase } from '../run-case.ts';
import type { CaseKind } from './kind.ts';
import { mapConditions, textsOf } from './pipeline.ts';

/**
 * What is read and worked out here although Painless does not, and how it is written there. Where the difference is meant to be
 * this one, the script that is written out gives the same here.
 */
const WRITTEN_OUT: readonly (readonly [form: RegExp, plain: string | ((...parts: string[]) => string)])[] = [
  [/([\w.?]+) in (\[[^\]]*\]|ctx[\w.?]*)/g, '$2.contains($1)'],
  [/\$\('([\w.]+)', ([^)]+)\)/g, (_, path, otherwise) => `(ctx?.${path!.replaceAll('.', '?.')} ?: ${otherwise})`],
  [/null == null/g, 'true'],
  [/(ctx[\w.]*) ([<>]=?) ('[^']*')/g, '($1.compareTo($3) $2 0)'],
  [/(ctx[\w.]*) ([<>]=?) (ctx[\w.]*)/g, '($1.compareTo($3) $2 0)'],
  [/\\t(?=[^']*')/g, '\t'],
  [/\\n(?=[^']*')/g, '\n'],
  [/\\([^\\'"tn])(?=[^']*')/g, '$1'],
  [/\b0x([0-9A-F]*[DF])\b/g, (_, digits) => String(Number.parseInt(digits!, 16))],
  [/ & (?=ctx)/g, ' && '],
  [/\.strip\(\)/g, '.trim()'],
  [/\.isBlank\(\)/g, '.trim().isEmpty()'],
  [/\b(Integer|Long|Double|Float)\.valueOf\(/g, (_, of) => `${of}.parse${of === 'Integer' ? 'Int' : of}(`],
  [/(ctx\.\w+)\.length\(\)/g, '$1.size()'],
  [/(\.splitOnToken\([^)]*\))\.size\(\)/g, '$1.length'],
  // The last statement of a block needs no semicolon.
  [/([^;{}\s])(\s*\})/g, '$1;$2'],
  [/\.\s+(?=\w)/g, '.'],
];
/** What newer versions have. */
const NEWER = /\.(?:sha\d+|sha1|repeat)\(/;

export const SCRIPTS: readonly CaseKind[] = [
  {
    name: 'scripts-are-read-kindly',
    explains: (one, got) => {
      if (one.expect.error?.type !== 'script_exception' || 'refused' in got) return false;
      if (textsOf(one.pipeline).some(text => NEWER.test(text))) return 'doc' in got;
      return WRITTEN_OUT.some(([form, plain]) => {
        const edit = (text: string): string => text.replace(form, plain as string);
        const pipeline = mapConditions(one.pipeline, edit);
        return pipeline !== one.pipeline && isSame(got, runCase({ ...one, pipeline }));
      });
    },
  },
  {
    // Only what the condition says is another: with its opposite they agree.
    name: 'conditions-see-plain-values',
    explains: (one, _got, agrees) =>
      one.expect.error === undefined && isOpposite(one, agrees, text => seesWrapped(text, one.doc)),
  },
  {
    name: 'same-values-are-identical',
    explains: (one, _got, agrees) =>
      one.expect.error === undefined && isOpposite(one, agrees, text => /[=!]==/.test(text)),
  },
  {
    name: 'floats-keep-their-digits',
    explains: (one, _got, agrees) =>
      JSON.stringify(one.pipeline).includes('"type":"float"') &&
      isOpposite(one, agrees, text => /[=!]= ?\d+\.\d|\d+\.\d ?[=!]=/.test(text)),
  },
  {
    // The engine that was asked runs a script on a copy of the document's fields; Elasticsearch does not.
    name: 'failed-scripts-leave-what-they-did',
    explains: ({ expect, pipeline }, got) => {
      if (expect.error !== undefined || !('doc' in got) || !isFields(got.doc) || !isFields(expect.doc)) return false;
      const { doc } = got;
      const wanted = expect.doc;
      return (
        JSON.stringify(pipeline).includes('"script"') &&
        JSON.stringify(pipeline).includes('"on_failure"') &&
        Object.keys(wanted).every(key => writeExact(wanted[key]) === writeExact(doc[key]))
      );
    },
  },
];

const isSame = (a: Outcome, b: Outcome): boolean => ('error' in a ? 'error' in b : writeExact(a) === writeExact(b));

/** A list or map as such, its text, or how many fields the document has with its metadata. */
function seesWrapped(text: string, doc: IngestCase['doc']): boolean {
  if (/ctx\.size\(\)| instanceof (?:Array|Hash|LinkedHash|Linked)\w+/.test(text)) return true;
  const printed = /(?:'' \+ ctx\.(\w+)|ctx\.(\w+)\.toString\(\)|String\.valueOf\(ctx\.(\w+)\))/.exec(text);
  const value = printed === null ? undefined : doc[printed.slice(1).find(name => name !== undefined)!];
  return typeof value === 'object' && value !== null;
}

/** True when the outcome is the engine's once the conditions that are meant say the opposite. */
function isOpposite(
  one: IngestCase,
  agrees: (other: IngestCase, expected: IngestCase) => boolean,
  isMeant: (condition: string) => boolean,
): boolean {
  const edit = (text: string): string => (isMeant(text) ? `!(${text})` : text);
  const pipeline: PipelineSource = mapConditions(one.pipeline, edit, 'if');
  return pipeline !== one.pipeline && agrees({ ...one, pipeline }, one);
}
