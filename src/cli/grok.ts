import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { newFields } from '../core/event.ts';
import { MismatchExplainer } from '../parse/grok/explain.ts';
import { Grok, type GrokDialect, type GrokOptions } from '../parse/grok/grok.ts';
import { suggestPatterns } from '../parse/grok/suggest/suggest.ts';
import { plain } from '../parse/simulate/plain.ts';
import type { Command } from './command.ts';
import { jsonLine, printable } from './format.ts';
import { suggestedPipeline } from './grok/suggested-pipeline.ts';
import { print } from './output.ts';

export const grokCommand: Command = {
  name: 'grok',
  usage: `longshore grok [--ecs] [--dialect NAME] [--define NAME=REGEX ...] [--json] [--pattern] PATTERN ...
longshore grok suggest [--json | --name NAME]

  --pattern PATTERN      one more pattern, as in the list of a processor
  --dialect NAME         elasticsearch (default) or logstash: whose meaning the patterns have
  --ecs                  pattern names of the ECS set (default: legacy)
  --define NAME=REGEX    a pattern of your own; may be repeated
  --json                 an object for each line: what matched, where, and what did not

Each line gives one line of JSON: the fields, null if no pattern matches, or "time limit" if it took too long. Standard error says
which pattern of several matched, and of a line that none matches how far the best of them fits and what does not fit there.
Exit code 1 if a line was not matched.
  tail -n 5 access.log | longshore grok '%{COMBINEDAPACHELOG}'

\`suggest\` proposes patterns for the lines: each matches all lines that it is counted for.
  tail -n 100 shop.log | longshore grok suggest
With --name it prints a whole pipeline for events of that tag, with a test of each pattern:
  tail -n 100 shop.log | longshore grok suggest --name shop > pipelines/shop.yaml`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ecs: { type: 'boolean' },
        dialect: { type: 'string' },
        pattern: { type: 'string', multiple: true },
        define: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        name: { type: 'string' },
      },
      allowPositionals: true,
    });
    const wrong = (what: string): number => {
      io.stderr.write(`longshore grok: ${what}\n\n${grokCommand.usage}\n`);
      return 2;
    };
    if (positionals[0] === 'suggest' && values.pattern === undefined)
      return positionals.length > 1
        ? wrong('suggest takes lines, not patterns')
        : suggest(io, values.json === true, values.name);
    const patterns = [...(values.pattern ?? []), ...positionals];
    if (patterns.length === 0) return wrong('a pattern is missing');
    const { dialect = 'elasticsearch' } = values;
    if (dialect !== 'elasticsearch' && dialect !== 'logstash')
      return wrong(`'--dialect ${dialect}' is neither elasticsearch nor logstash`);
    const definitions: Record<string, string> = {};
    for (const definition of values.define ?? []) {
      const equals = definition.indexOf('=');
      if (equals <= 0) {
        io.stderr.write(`longshore grok: '--define ${definition}' has no '='\n`);
        return 2;
      }
      definitions[definition.slice(0, equals)] = definition.slice(equals + 1);
    }
    const options = { definitions, ecs: values.ecs === true ? 'v1' : 'disabled', dialect } as const;
    return tryPatterns(io, patterns, options, values.json === true);
  },
};

async function tryPatterns(
  io: NodeJS.Process,
  patterns: readonly string[],
  options: GrokOptions & { readonly dialect: GrokDialect },
  asJson: boolean,
): Promise<number> {
  const grok = new Grok(patterns, options);
  for (const doubt of grok.doubts) io.stderr.write(`longshore grok: ${printable(doubt)}\n`);
  const explainer = new MismatchExplainer(patterns, options);
  let unmatched = 0;
  let number = 0;
  for await (const line of linesOf(io)) {
    number++;
    const fields = newFields();
    const outcome = grok.match(line, fields);
    const isMatch = outcome === 'match';
    if (!isMatch) unmatched++;
    const mismatch = outcome === 'no_match' ? explainer.explain(line) : undefined;
    const shown = isMatch ? plain(fields) : outcome === 'time_limit' ? 'time limit' : null;
    const pattern = grok.lastPattern < 0 ? mismatch?.pattern : grok.lastPattern;
    if (asJson) {
      const told = {
        line,
        outcome,
        pattern: pattern === undefined ? undefined : pattern + 1,
        fields: isMatch ? shown : undefined,
        reason: outcome === 'not_set' ? grok.notSet : undefined,
        mismatch: mismatch === undefined ? undefined : { ...mismatch, pattern: mismatch.pattern + 1 },
      };
      if (!(await print(io.stdout, `${jsonLine(told)}\n`))) break;
      continue;
    }
    if (!(await print(io.stdout, `${jsonLine(shown)}\n`))) break;
    const which = patterns.length > 1 ? `pattern ${(pattern ?? 0) + 1}` : 'the pattern';
    let told = isMatch && patterns.length > 1 ? `${which} matches` : '';
    if (outcome === 'not_set') told = `${which} matches, but ${grok.notSet}`;
    if (mismatch !== undefined) told = `${which} ${sentenceOf(mismatch, line)}`;
    if (told !== '') io.stderr.write(`line ${number}: ${printable(told)}\n`);
  }
  return unmatched > 0 ? 1 : 0;
}

/** `fits up to column 45, behind ...; there is no %{NUMBER:response} (in COMBINEDAPACHELOG > HTTPD_COMMONLOG): abc 12 ...` */
function sentenceOf({ start, end, wanted, inside }: ReturnType<MismatchExplainer['explain']>, line: string): string {
  const what = wanted === undefined ? 'the end of the pattern' : `'${shortened(wanted, 60)}'`;
  const where = inside.length === 0 ? '' : ` (in ${inside.join(' > ')})`;
  if (end === 0) return `fits nowhere: there is no ${what}${where}`;
  const fits = line.slice(start, end);
  const behind = fits.length > 30 ? `...${fits.slice(-30)}` : fits;
  const rest = end === line.length ? 'the line ends' : `the line goes on with: ${shortened(line.slice(end), 40)}`;
  return `fits up to column ${end}, "${behind}"; then there is no ${what}${where}: ${rest}`;
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}...` : text;
}

async function suggest(io: NodeJS.Process, asJson: boolean, name: string | undefined): Promise<number> {
  const lines: string[] = [];
  for await (const line of linesOf(io)) if (lines.push(line) >= MAX_LINES) break;
  const suggestions = suggestPatterns(lines);
  if (suggestions.length === 0) {
    io.stderr.write('longshore grok suggest: there are no lines on standard input\n');
    return 1;
  }
  if (name !== undefined) {
    await print(io.stdout, suggestedPipeline(name, suggestions, Date.now()));
    return 0;
  }
  for (const { pattern, lines: matched, fields } of suggestions) {
    const example = plain(fields);
    const text = asJson
      ? jsonLine({ pattern, lines: matched.length, example: { line: matched[0], fields: example } })
      : `${pattern}\n    ${matched.length} of ${new Set(lines).size} lines, for example ${jsonLine(example)}`;
    if (!(await print(io.stdout, `${text}\n`))) break;
  }
  return 0;
}

const MAX_LINES = 10_000;

function linesOf(io: NodeJS.Process): AsyncIterable<string> {
  return createInterface({ input: io.stdin, crlfDelay: Number.POSITIVE_INFINITY });
}
