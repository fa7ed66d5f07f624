import type { Imported, ImportedPipeline, Step } from '../model.ts';
import type { SourceFile } from '../reading.ts';
import type { Entry, Plugin } from './ast.ts';
import { Conversion, type LogstashOptions } from './conversion.ts';
import { filterSteps, withoutTemporary } from './filter-section.ts';
import { inputSettings } from './inputs.ts';
import { outputSettings } from './outputs.ts';
import { parseLogstash } from './parser.ts';

/**
 * Files of one Logstash pipeline, in the order in which Logstash puts them together, as one pipeline and settings.
 * Throws LS_IMPORT_SYNTAX.
 */
export function importLogstash(files: readonly SourceFile[], name: string, options: LogstashOptions): Imported {
  const conversion = new Conversion(options);
  const sections = files.flatMap(file => parseLogstash(file.path, file.text));
  const bodyOf = (kind: string) => sections.filter(section => section.kind === kind).flatMap(section => section.body);
  const settings: Record<string, unknown> = {};
  const { steps: arriving, multiline: ofInput } = inputSettings(bodyOf('input'), settings, conversion);
  if (arriving.length > 0) conversion.noteWritten(arriving.map(step => String(step.options?.['field'])));
  conversion.isStructured = takesFields(bodyOf('input'));
  const filters = filterSteps(bodyOf('filter'), conversion);
  const multiline = ofInput ?? conversion.multiline;
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

/** True when events may bring fields of any name: nothing says how they come, or they come as JSON or from shippers. */
function takesFields(inputs: readonly Entry[]): boolean {
  const plain = new Set(['stdin', 'file', 'syslog', 'udp', 'generator']);
  return (
    inputs.length === 0 || !inputs.every(entry => entry.kind === 'plugin' && plain.has(entry.name) && !hasJson(entry))
  );
}

const hasJson = ({ options }: Plugin): boolean =>
  options.some(([name, value]) => name === 'codec' && JSON.stringify(value).includes('json'));
