import { LongshoreError } from '../core/errors.ts';
import { isFields } from '../core/event.ts';
import { suggestPatterns } from '../parse/grok/suggest/suggest.ts';
import { parseJson } from '../parse/json-values.ts';
import { exactJson } from '../parse/simulate/exact-json.ts';
import { plain } from '../parse/simulate/plain.ts';

const MAX_LINES = 1000;

/** The answer of `POST /api/parse/suggest`: `{"lines": [...]}`. Throws LS_TRIAL_REQUEST. */
export function suggestFor(body: string): string {
  const lines = linesOf(body);
  const suggestions = suggestPatterns(lines);
  return exactJson({
    lines: new Set(lines).size,
    suggestions: suggestions.map(({ pattern, lines: matched, fields }) => ({
      pattern,
      lines: matched.length,
      example: { line: matched[0], fields: plain(fields) },
    })),
  });
}

function linesOf(body: string): string[] {
  let given: unknown;
  try {
    given = parseJson(body);
  } catch {
    given = undefined;
  }
  const lines = isFields(given) ? given['lines'] : undefined;
  if (Array.isArray(lines) && lines.length <= MAX_LINES && lines.every(line => typeof line === 'string')) return lines;
  throw new LongshoreError('LS_TRIAL_REQUEST', `there is no list of at most ${MAX_LINES} lines.`, {
    fix: 'Send {"lines": ["..."]}.',
  });
}
