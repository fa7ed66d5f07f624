import { writeYaml } from '../../base/yaml/write.ts';
import { type Fields, newFields } from '../../core/event.ts';
import { pipelineText } from '../../import/pipeline-text.ts';
import type { Suggestion } from '../../parse/grok/suggest/suggest.ts';
import { loadPipelines } from '../../parse/pipelines.ts';
import { plain } from '../../parse/simulate/plain.ts';
import { createAdmit } from '../../schema/admit.ts';
import { createConform } from '../../schema/conform.ts';

/**
 * The file of a pipeline with these patterns for events of the tag `name`, and a test of each: its first line, and what
 * becomes of it now. Dates without a year are read as of `now`, epoch milliseconds.
 */
export function suggestedPipeline(name: string, suggestions: readonly Suggestion[], now: number): string {
  const text = pipelineText({
    name,
    description: `lines of ${name}`,
    head: [],
    match: { tag: name },
    steps: [{ processor: 'grok', options: { field: 'message', patterns: suggestions.map(({ pattern }) => pattern) } }],
  });
  const pipelines = loadPipelines([{ path: `${name}.yaml`, text }]);
  const [admit, conform] = [createAdmit(), createConform()];
  const received = new Date(now).toISOString();
  const tests = suggestions.map(({ lines: [line = ''], fields }) => {
    const meta = { tag: name, time: now, receivedAt: now };
    const event = admit(Object.assign(newFields(), { message: line }), meta);
    const stored = conform(pipelines.run(event, meta) ?? event, meta).fields;
    const expect = expectation(stored, ['@timestamp', ...Object.keys(fields)], received);
    return '@timestamp' in expect ? { input: line, now: received, expect } : { input: line, expect };
  });
  return `${text}${writeYaml({ tests })}`;
}

function expectation(stored: Fields, names: readonly string[], received: string): Fields {
  const picked = newFields();
  for (const name of names) {
    const value = stored[name];
    if (value !== undefined && !(name === '@timestamp' && value === received)) picked[name] = value;
  }
  return plain(picked) as Fields;
}
