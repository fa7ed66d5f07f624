import type { Imported, ImportedPipeline, Step } from '../model.ts';
import { both, negated } from '../painless.ts';
import type { SourceFile } from '../reading.ts';
import { type Directive, placeText } from './ast.ts';
import { FluentdConversion, type FluentdOptions, TEMPORARY } from './conversion.ts';
import { filterPlan } from './filters.ts';
import { matchSteps } from './matches.ts';
import { type Include, parseFluentd } from './parser.ts';
import { sourcePlan } from './sources.ts';
import { areApart, splitPatterns, tagCondition, tagName } from './tags.ts';

/** A part of the pipeline and the pattern of tags that it is for. */
interface Part {
  readonly pattern: string;
  readonly steps: readonly Step[];
  readonly multiline: Record<string, unknown> | undefined;
  /** `file:line` */
  readonly where: string;
}

/** A configuration of Fluentd as one pipeline and settings. Throws LS_IMPORT_SYNTAX. */
export function importFluentd(
  source: SourceFile,
  name: string,
  options: FluentdOptions & { include: Include },
): Imported {
  const conversion = new FluentdConversion(options);
  const { directives, notFound } = parseFluentd(source, options.include);
  for (const { path, where } of notFound)
    conversion.leftOut(where, `what @include ${path} names`, 'It is not here: import it, too.');
  const settings: Record<string, unknown> = {};
  const parts = partsOf(flattened(directives), settings, conversion);
  const groups = groupsOf(parts);
  const pipelines = groups.map(group =>
    pipelineOf(group, groups.length === 1 ? name : `${name}-${tagName(group[0]!.pattern)}`, source, conversion),
  );
  return { pipelines, settings, remarks: conversion.remarks };
}

/** Parts whose patterns have no tag in common are pipelines of their own; otherwise all are one, with conditions. */
function groupsOf(parts: readonly Part[]): Part[][] {
  const byPattern = Map.groupBy(parts, ({ pattern }) => pattern);
  const patterns = [...byPattern.keys()];
  const isApart = patterns.every((one, i) => patterns.slice(i + 1).every(other => areApart(one, other)));
  const names = new Set(patterns.map(tagName));
  if (isApart && names.size === patterns.length) return [...byPattern.values()];
  return parts.length === 0 ? [] : [[...parts]];
}

function pipelineOf(
  parts: readonly Part[],
  name: string,
  source: SourceFile,
  conversion: FluentdConversion,
): ImportedPipeline {
  const patterns = new Set(parts.map(({ pattern }) => pattern));
  const [only] = patterns;
  const shared = patterns.size === 1 && only !== undefined ? only : '**';
  const withMultiline = parts.filter(({ multiline }) => multiline !== undefined);
  const [first] = withMultiline;
  if (withMultiline.length > 1 || (first !== undefined && patterns.size > 1))
    conversion.changed(
      source.path,
      'the lines of all events of this pipeline are joined in the same way.',
      'Give each kind of events a pipeline of its own.',
    );
  for (const { where, multiline } of withMultiline.slice(1))
    if (JSON.stringify(multiline) !== JSON.stringify(first!.multiline))
      conversion.leftOut(
        where,
        `the joining of lines by ${multiline!['pattern']}`,
        `Those of ${first!.where} join the lines of all events here; put these events into a pipeline of their own.`,
      );
  const steps = parts.flatMap(({ pattern, steps: own }) =>
    pattern === shared ? own : own.map(step => withTag(step, tagCondition(pattern))),
  );
  return {
    name,
    head: [`From ${source.path}, by 'longshore import fluentd'.`],
    match: { tag: splitPatterns(shared).length > 1 ? splitPatterns(shared) : shared },
    multiline: first?.multiline,
    steps: withoutTemporary(steps),
  };
}

/** `<worker>` and `<label>` hold what stands at the top otherwise. */
function flattened(directives: readonly Directive[]): Directive[] {
  const top = directives.flatMap(one => (one.name === 'worker' ? one.children : [one]));
  const labels = top.filter(one => one.name === 'label' && one.argument !== '@ERROR');
  return [
    ...top.filter(one => one.name !== 'label'),
    ...labels.flatMap(one => one.children),
    ...top.filter(one => one.argument === '@ERROR'),
  ];
}

function partsOf(
  directives: readonly Directive[],
  settings: Record<string, unknown>,
  conversion: FluentdConversion,
): Part[] {
  const parts: Part[] = [];
  let taken: string | undefined;
  for (const directive of directives) {
    const where = placeText(directive.at);
    const comments: Step[] = directive.comments.length === 0 ? [] : [{ comment: directive.comments.join('\n') }];
    const add = (pattern: string, steps: readonly Step[], multiline?: Record<string, unknown>): void => {
      if (steps.length > 0 || multiline !== undefined)
        parts.push({
          pattern: pattern.trim() === '' ? '**' : pattern.trim(),
          steps: [...comments, ...steps.map(step => ({ ...step, where }))],
          multiline,
          where,
        });
    };
    switch (directive.name) {
      case 'source': {
        const plan = sourcePlan(directive, settings, conversion);
        add(plan.tag ?? '**', plan.steps, plan.multiline);
        break;
      }
      case 'filter': {
        const plan = filterPlan(directive, conversion);
        add(directive.argument, plan.steps, plan.multiline);
        break;
      }
      case 'match': {
        add('**', matchSteps(directive, taken, settings, conversion));
        const condition = tagCondition(directive.argument);
        if (!RETAGGING.has(directive.params.find(({ name }) => name === '@type')?.text ?? ''))
          taken = both(taken, condition === undefined ? 'false' : negated(condition));
        break;
      }
      case 'label':
        conversion.changed(
          where,
          '@ERROR: what cannot be parsed is kept with a tag here, and what the store refuses is in the dead letters.',
          'See `longshore dlq`.',
        );
        break;
      case 'system':
        break;
      default:
        conversion.leftOut(where, `<${directive.name}>`, 'There is no such directive.');
    }
  }
  return parts;
}

const RETAGGING: ReadonlySet<string> = new Set(['rewrite_tag_filter', 'relabel', 'detect_exceptions']);

function withTag(step: Step, condition: string | undefined): Step {
  if (condition === undefined || step.processor === undefined) return step;
  return { ...step, options: { ...step.options, if: both(condition, step.options?.if) } };
}

function withoutTemporary(steps: readonly Step[]): Step[] {
  if (!JSON.stringify(steps).includes(`${TEMPORARY}.`)) return [...steps];
  return [...steps, { processor: 'remove', options: { field: TEMPORARY, ignore_missing: true } }];
}
