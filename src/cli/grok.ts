import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { newFields } from '../core/event.ts';
import { Grok } from '../parse/grok/grok.ts';
import type { Command } from './command.ts';
import { jsonLine } from './format.ts';
import { print } from './output.ts';

export const grokCommand: Command = {
  name: 'grok',
  summary: 'try a grok pattern on lines from standard input',
  usage: `longshore grok [--ecs] [--define NAME=REGEX ...] PATTERN ...

  --ecs                  pattern names of the ECS set (default: legacy)
  --define NAME=REGEX    a pattern of your own; may be repeated

Each line gives one line of JSON: the fields, null if no pattern matches, or "time limit" if it took too long.
Exit code 1 if a line was not matched.
  tail -n 5 access.log | longshore grok '%{COMBINEDAPACHELOG}'`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ecs: { type: 'boolean' }, define: { type: 'string', multiple: true } },
      allowPositionals: true,
    });
    if (positionals.length === 0) {
      io.stderr.write(`longshore grok: a pattern is missing\n\n${grokCommand.usage}\n`);
      return 2;
    }
    const definitions: Record<string, string> = {};
    for (const definition of values.define ?? []) {
      const equals = definition.indexOf('=');
      if (equals <= 0) {
        io.stderr.write(`longshore grok: '--define ${definition}' has no '='\n`);
        return 2;
      }
      definitions[definition.slice(0, equals)] = definition.slice(equals + 1);
    }
    const grok = new Grok(positionals, { definitions, ecs: values.ecs === true ? 'v1' : 'disabled' });
    let unmatched = 0;
    for await (const line of createInterface({ input: io.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
      const fields = newFields();
      const outcome = grok.match(line, fields);
      if (outcome !== 'match') unmatched++;
      const shown = outcome === 'match' ? jsonLine(fields) : outcome === 'time_limit' ? '"time limit"' : 'null';
      if (!(await print(io.stdout, `${shown}\n`))) break;
    }
    return unmatched > 0 ? 1 : 0;
  },
};
