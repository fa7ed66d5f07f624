import type { Conversion } from '../conversion.ts';
import type { PluginReader } from '../plugin-reader.ts';
import { fieldPath, javaFormat } from '../references.ts';
import { isThere } from './grok.ts';
import { type Converted, failureMark, onFailure } from './kind.ts';

const NAMED: ReadonlySet<string> = new Set(['ISO8601', 'UNIX', 'UNIX_MS', 'TAI64N']);

/** `date`: the first of `match` is the field, the others are formats of Joda. A field that is missing is no failure. */
export function date(plugin: PluginReader, conversion: Conversion): Converted {
  const [source, ...formats] = plugin.texts('match');
  if (source === undefined || formats.length === 0)
    return { steps: [conversion.leftOut(plugin.where, 'a date without `match`')] };
  const field = fieldPath(source);
  const target = plugin.text('target');
  const timezone = plugin.text('timezone');
  const locale = plugin.text('locale');
  const tags = plugin.has('tag_on_failure') ? plugin.texts('tag_on_failure') : ['_dateparsefailure'];
  const mark = failureMark(plugin);
  const isTimestamp = target === undefined || fieldPath(target) === '@timestamp';
  return {
    steps: [
      ...conversion.takeBefore(),
      {
        processor: 'date',
        options: {
          field,
          formats: formats.map(format => (NAMED.has(format) ? format : javaFormat(format))),
          ...(isTimestamp ? {} : { target_field: fieldPath(target) }),
          ...(timezone === undefined ? {} : { timezone: conversion.template(timezone, plugin.where) }),
          ...(locale === undefined ? {} : { locale }),
          if: isThere(field),
          ...onFailure(mark.handlers(tags)),
        },
      },
    ],
    done: mark.done(isThere(field)),
  };
}
