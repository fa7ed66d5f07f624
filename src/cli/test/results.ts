import type { PipelineCoverage } from '../../parse/simulate/coverage.ts';
import { percentOf } from '../../parse/simulate/coverage.ts';
import { jsonLine, oneLine, type Paint, printable } from '../format.ts';

/** What a test came to. */
export interface Result {
  /** The name of the pipeline or rule. */
  readonly of: string;
  readonly name: string;
  readonly where: string;
  readonly passed: boolean;
  readonly differences: readonly string[];
}

export interface Outcome {
  readonly results: readonly Result[];
  /** Undefined: nobody asked for it. */
  readonly coverage: readonly PipelineCoverage[] | undefined;
}

export function resultText({ passed, where, of, name, differences }: Result, paint: Paint): string {
  const verdict = passed ? paint(32, 'ok  ') : paint(31, 'FAIL');
  const lines = differences.map(difference => `        ${printable(difference)}\n`);
  return `${verdict}  ${where} ${printable(of)}: ${printable(name)}\n${lines.join('')}`;
}

export const failedOf = (results: readonly Result[]): number => results.filter(({ passed }) => !passed).length;

export function totalsOf(coverage: readonly PipelineCoverage[]): { total: number; reached: number; percent: number } {
  const total = coverage.reduce((sum, one) => sum + one.total, 0);
  const reached = coverage.reduce((sum, one) => sum + one.reached, 0);
  return { total, reached, percent: percentOf(reached, total) };
}

export function coverageText(coverage: readonly PipelineCoverage[], paint: Paint): string {
  const { total, reached, percent } = totalsOf(coverage);
  const lines = coverage.flatMap(one => {
    const share = percentOf(one.reached, one.total);
    const head = `  ${`${share} %`.padStart(5)}  ${oneLine(one.path)} (${one.reached} of ${one.total})`;
    return [
      head,
      ...one.missed.map(({ where, what }) => `         ${paint(33, `${oneLine(where)}: ${shortened(oneLine(what))}`)}`),
    ];
  });
  const head = `coverage: ${percent} % (${reached} of ${total} processors, handlers, patterns, masks, branches of match and if)`;
  return `${[head, ...lines].join('\n')}\n`;
}

const MAX_WHAT = 160;
const shortened = (text: string): string => (text.length > MAX_WHAT ? `${text.slice(0, MAX_WHAT)}...` : text);

/** One document of JSON. */
export function jsonReport({ results, coverage }: Outcome): string {
  const failed = failedOf(results);
  const totals = coverage === undefined ? {} : { coverage: { ...totalsOf(coverage), pipelines: coverage } };
  return `${jsonLine({ passed: results.length - failed, failed, results, ...totals })}\n`;
}

/** As build servers read it: a suite for each pipeline or rule. */
export function junitReport(results: readonly Result[]): string {
  const suites = [...Map.groupBy(results, ({ of }) => of)].map(([of, tests]) => {
    const cases = tests.map(({ name, where, passed, differences }) => {
      const attributes = `classname="${xml(of)}" name="${xml(name)}" file="${xml(where.replace(/:\d+$/, ''))}"`;
      if (passed) return `    <testcase ${attributes}/>\n`;
      const text = xml([where, ...differences].join('\n'));
      return `    <testcase ${attributes}>\n      <failure message="${xml(differences[0] ?? 'failed')}">${text}</failure>\n    </testcase>\n`;
    });
    return `  <testsuite name="${xml(of)}" tests="${tests.length}" failures="${failedOf(tests)}">\n${cases.join('')}  </testsuite>\n`;
  });
  const head = `<testsuites name="longshore test" tests="${results.length}" failures="${failedOf(results)}">`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${suites.join('')}</testsuites>\n`;
}

/** Without the characters that XML cannot say. */
const xml = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"]/g, c => ENTITIES[c]!);
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
