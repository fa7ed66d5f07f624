import type { Change } from '../../parse/simulate/changes.ts';
import { plain } from '../../parse/simulate/plain.ts';
import type { Asked, PipelineTrace, StepTrace } from '../../parse/simulate/run-trace.ts';
import type { Tried } from '../../trial/trial.ts';
import { jsonLine, oneLine, type Paint } from '../format.ts';

const MAX_VALUE_CHARS = 200;

/** How an event went through the pipelines, step by step, for a person. */
export function explainText({ trace, conformed, event }: Tried, paint: Paint): string {
  if (trace === undefined) return '';
  const lines = [
    ...askedLines(trace.asked, paint),
    ...trace.pipelines.flatMap(pipeline => pipelineLines(pipeline, paint)),
  ];
  const last = trace.pipelines.at(-1);
  if (event !== undefined && (last === undefined || last.isPassed || last.isUnwrapped)) {
    lines.push(`  ${paint(1, 'automatic')}: no ${last?.isUnwrapped === true ? 'other ' : ''}pipeline took it`);
    lines.push(...changeLines(trace.automatic, '      ', paint));
  }
  if (trace.isCut) lines.push('  ... more steps than are shown');
  if (conformed.length > 0) lines.push(`  ${paint(1, 'schema')}`, ...changeLines(conformed, '      ', paint));
  return lines.map(line => `${line}\n`).join('');
}

/** Many that say no for the same reason are told together. */
function askedLines(asked: readonly Asked[], paint: Paint): string[] {
  const reasons = Map.groupBy(asked, ({ isTaken, pipeline, why }) =>
    isTaken ? `takes it ${pipeline}` : `${why?.name} ${why?.name === 'if' ? '' : valueText(why?.value)}`,
  );
  return [...reasons.values()].flatMap(group => {
    if (group.length <= MAX_ALONE) return group.map(one => askedLine(one, paint));
    const names = [...new Set(group.map(({ pipeline }) => oneLine(pipeline)))].join(', ');
    const { name, value } = group[0]!.why ?? { name: 'match', value: undefined };
    const has = (value ?? null) === null ? `there is no ${name}` : `${name} ${valueText(value)} is not theirs`;
    return [paint(90, `  asked ${names}: no, ${name === 'if' ? 'their if is false' : has}`)];
  });
}

const MAX_ALONE = 3;

function askedLine({ pipeline, isTaken, why }: Asked, paint: Paint): string {
  const name = oneLine(pipeline);
  if (isTaken) return `  asked ${name}: ${paint(32, 'takes it')}`;
  if (why === undefined) return paint(90, `  asked ${name}: no`);
  const wanted = oneLine(why.wanted);
  if (why.name === 'if') return paint(90, `  asked ${name}: no, if ${shortened(wanted, 100)}`);
  const has = (why.value ?? null) === null ? `there is no ${why.name}` : `${why.name} ${valueText(why.value)}`;
  return paint(90, `  asked ${name}: no, ${has}${(why.value ?? null) === null ? ` (${wanted})` : ` is not ${wanted}`}`);
}

function pipelineLines(
  { pipeline, path, steps, isPassed, isUnwrapped, failure, took_us }: PipelineTrace,
  paint: Paint,
): string[] {
  const lines = [`  ${paint(1, oneLine(pipeline))} (${oneLine(path)}, ${took_us} µs)`];
  lines.push(...steps.flatMap(step => stepLines(step, 1, paint)));
  if (isPassed) lines.push('      read nothing in it, and leaves it to others (pass_unmatched)');
  else if (isUnwrapped) lines.push('      took a prefix away, and leaves the rest to others');
  else if (failure !== undefined)
    lines.push(`      ${paint(31, 'failed')}: nobody handled it: ${oneLine(failure.message)} (${failure.eventTag})`);
  return lines;
}

const COLOURS: Readonly<Record<StepTrace['status'], number>> = {
  success: 32,
  skipped: 90,
  failure: 31,
  failure_ignored: 33,
  dropped: 33,
  ended: 33,
  late: 31,
};
const WORDS: Readonly<Record<StepTrace['status'], string>> = {
  success: 'ok',
  skipped: 'skipped',
  failure: 'failed',
  failure_ignored: 'failed, ignored',
  dropped: 'dropped the event',
  ended: 'ended the pipeline',
  late: 'not run: the time was over',
};

function stepLines(step: StepTrace, depth: number, paint: Paint): string[] {
  const { type, tag, where, role, status, condition, failure, pattern, changes, took_us, steps } = step;
  const indent = '    '.repeat(depth);
  const name = `${role === 'handler' ? 'on_failure: ' : ''}${type}${tag === undefined ? '' : ` (${oneLine(tag)})`}`;
  const line = /:(\d+)$/.exec(where)?.[1];
  const facts = [
    ...(condition === undefined
      ? []
      : [`if ${shortened(oneLine(condition.text), 100)}: ${condition.holds ?? 'fails'}`]),
    ...(pattern === undefined ? [] : [`pattern ${pattern.index + 1}`]),
    ...(failure === undefined ? [] : [oneLine(failure)]),
  ];
  const head = `${indent}${line === undefined ? '' : `${line}: `}${name}`;
  const word = paint(COLOURS[status], WORDS[status]);
  const took = status === 'skipped' ? '' : paint(90, `  ${took_us} µs`);
  return [
    `${head.padEnd(36)} ${word}${facts.length === 0 ? '' : `  ${facts.join('; ')}`}${took}`,
    ...steps.flatMap(inner => stepLines(inner, depth + 1, paint)),
    ...changeLines(changes, `${indent}    `, paint),
  ];
}

export function changeLines(changes: readonly Change[], indent: string, paint: Paint): string[] {
  return changes.map(({ field, kind, before, after }) => {
    const name = oneLine(field);
    if (kind === 'added') return `${indent}${paint(32, `+ ${name}`)}: ${valueText(after)}`;
    if (kind === 'removed') return `${indent}${paint(31, `- ${name}`)}`;
    return `${indent}${paint(33, `~ ${name}`)}: ${valueText(before)} -> ${valueText(after)}`;
  });
}

export const valueText = (value: unknown): string =>
  value === undefined ? 'nothing' : shortened(jsonLine(plain(value)) ?? 'nothing');

const shortened = (text: string, max = MAX_VALUE_CHARS): string =>
  text.length > max ? `${text.slice(0, max)}... (${text.length} characters)` : text;
