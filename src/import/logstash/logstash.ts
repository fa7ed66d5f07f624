import type { Imported, ImportedPipeline, Step } from '../model.ts';
import { Conversion, type LogstashOptions } from './conversion.ts';
import { filterSteps, withoutTemporary } from './filter-section.ts';
import { inputSettings } from './inputs.ts';
import { outputSettings } from './outputs.ts';
import { parseLogstash } from './parser.ts';

export interface SourceFile {
  /** As it is to be named in messages. */
  readonly path: string;
  readonly text: string;
}

/**
 * Files of one Logstash pipeline, in the order in which Logstash puts them together, as one pipeline and settings.
 * Throws LS_IMPORT_SYNTAX.
 */
export function importLogstash(files: readonly SourceFile[], name: string, options: LogstashOptions): Imported {
  const conversion = new Conversion(options);
  const sections = files.flatMap(file => parseLogstash(file.path, file.text));
  const bodyOf = (kind: string) => sections.filter(section => section.kind === kind).flatMap(section => section.body);
  const settings: Record<string, unknown> = {};
  const { steps: arriving, multiline } = inputSettings(bodyOf('input'), settings, conversion);
  if (arriving.length > 0) conversion.noteWritten(arriving.map(step => String(step.options?.['field'])));
  const filters = filterSteps(bodyOf('filter'), conversion);
  outputSettings(bodyOf('output'), settings, conversion);
  const steps: Step[] = withoutTemporary([...arriving, ...filters]);
  const pipeline: ImportedPipeline = {
    name,
    head: [
      `From ${files.map(file => file.path).join(', ')}, by 'longshore import logstash'.`,
      ...(steps.length === 0
        ? []
        : ['It takes every event, as the filters of Logstash do; narrow `match` where you can.']),
    ],
    match: { tag: '**' },
    multiline,
    steps,
  };
  return {
    pipelines: steps.length === 0 && multiline === undefined ? [] : [pipeline],
    settings,
    remarks: conversion.remarks,
  };
}
