import { isFields } from '../../../../src/core/event.ts';
import type { CaseKind } from './kind.ts';

/** What is read and worked out here although Painless does not: the form, as it stands in the script. */
const KINDER: readonly RegExp[] = [
  // `in`, `$()`, null == null, texts that compare, escapes in texts, numbers in hexadecimal that end in F, & of booleans.
  / in (?:\[|ctx)/,
  /\$\(/,
  /null == null/,
  /[<>]=? ?'/,
  /'[^']*\\[^\\'"][^']*'/,
  /0x[0-9A-F]*[DF]\b/,
  /\d & ctx/,
  // Methods that newer versions have, or that are meant.
  /\.(?:strip|isBlank|repeat|sha256|length|size)\(/,
  /(?:Integer|Long|Double|Float)\.valueOf\(/,
  // The last statement of a block needs no semicolon.
  /[^;}] \}/,
];

export const SCRIPTS: readonly CaseKind[] = [
  {
    name: 'scripts-are-read-kindly',
    explains: ({ expect, pipeline }, got) =>
      expect.error?.type === 'script_exception' &&
      'doc' in got &&
      KINDER.some(form => textsOf(pipeline.processors).some(text => form.test(text))),
  },
  {
    name: 'conditions-see-plain-values',
    explains: ({ expect, pipeline }, got) =>
      expect.error === undefined &&
      'doc' in got &&
      textsOf(pipeline.processors).some(text => /'' \+ ctx|toString\(\)|instanceof|ctx\.size\(\)/.test(text)),
  },
  {
    name: 'same-values-are-identical',
    explains: ({ expect, pipeline }, got) =>
      expect.error === undefined && 'doc' in got && textsOf(pipeline.processors).some(text => /[=!]==/.test(text)),
  },
  {
    name: 'floats-keep-their-digits',
    explains: ({ expect, pipeline }, got) =>
      expect.error === undefined &&
      'doc' in got &&
      JSON.stringify(pipeline).includes('"type":"float"') &&
      textsOf(pipeline.processors).some(text => /== \d+\.\d/.test(text)),
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
        Object.keys(wanted).every(key => JSON.stringify(wanted[key]) === JSON.stringify(doc[key]))
      );
    },
  },
];

/** Conditions and scripts, wherever they stand. */
function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    typeof item === 'string' && (key === 'if' || key === 'source') ? [item] : textsOf(item),
  );
}
