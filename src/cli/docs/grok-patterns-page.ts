import { type EcsMode, PATTERN_NAMES, patternSource } from '../../parse/grok/library.ts';
import { table } from './table.ts';

const INTRODUCTION = `# Grok patterns

The patterns of Logstash, for \`%{NAME:field}\` in a [grok](processors.md#grok) processor. The first table has the names of
fields that Logstash has always used; the second one, with \`ecs_compatibility: v1\`, has what differs with names of the
Elastic Common Schema.
`;

/** `docs/reference/grok-patterns.md`: every pattern of both libraries. */
export function grokPatternsPage(): string {
  const rows = (ecs: EcsMode, names: readonly string[]): string =>
    table(
      ['Pattern', 'Definition'],
      names.map(name => [`\`${name}\``, code(patternSource(name, ecs)!)]),
    );
  const own = PATTERN_NAMES('v1').filter(name => patternSource(name, 'v1') !== patternSource(name));
  return [INTRODUCTION, rows('disabled', PATTERN_NAMES()), '\n## Elastic Common Schema\n', rows('v1', own), ''].join(
    '\n',
  );
}

/** In as many backticks as it takes. */
function code(text: string): string {
  const fence = '`'.repeat(Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  return fence.length === 1 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`;
}
