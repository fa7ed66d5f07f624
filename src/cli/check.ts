import { parseArgs } from 'node:util';
import { checkAll } from '../app/check.ts';
import { CONFIG_OPTIONS, CONFIG_USAGE, type Command } from './command.ts';

export const checkCommand: Command = {
  name: 'check',
  summary: 'look for mistakes in configuration, pipelines and rules without starting anything',
  usage: `${CONFIG_USAGE}

Prints what is wrong, where, and how to mend it. Exit code 1 if there is a mistake; warnings alone give 0.`,

  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: CONFIG_OPTIONS });
    const report = await checkAll({ ...values, env: io.env });
    for (const error of report.errors) io.stdout.write(`error    ${error}\n`);
    for (const warning of report.warnings) io.stdout.write(`warning  ${warning}\n`);
    for (const note of report.notes) io.stdout.write(`ok       ${note}\n`);
    return report.errors.length > 0 ? 1 : 0;
  },
};
