import type { Plugin } from './ast.ts';
import type { Conversion } from './conversion.ts';
import { PluginReader } from './plugin-reader.ts';

/** The `multiline` codec, or the filter of that name, as `multiline` of the pipeline. */
export function multilineOf(plugin: Plugin, conversion: Conversion): Record<string, unknown> | undefined {
  const reader = new PluginReader(plugin, conversion);
  reader.ignore(
    'charset',
    'multiline_tag',
    'patterns_dir',
    'ecs_compatibility',
    'stream_identity',
    'id',
    'allow_duplicates',
  );
  const pattern = reader.text('pattern');
  if (pattern === undefined) return undefined;
  const lines = reader.number('max_lines');
  const flush = reader.number('auto_flush_interval');
  const options = {
    pattern: conversion.grokPattern(pattern, reader.where),
    ...(reader.boolean('negate', false) ? { negate: true } : {}),
    what: reader.text('what', 'previous'),
    ...(lines === undefined ? {} : { max_lines: lines }),
    ...(flush === undefined ? {} : { auto_flush_interval: flush }),
  };
  reader.ignore('max_bytes');
  reader.finish();
  return options;
}
