import { parseArgs } from 'node:util';
import { settingsSchema } from '../app/settings.ts';
import { renderReference } from '../config/reference.ts';
import type { Command } from './command.ts';

export const docsCommand: Command = {
  name: 'docs',
  summary: 'print the reference of all settings, in Markdown',
  usage: `longshore docs > config/REFERENCE.md

The page is made from the schemas that check the configuration.`,

  async run(args, io) {
    parseArgs({ args: [...args], options: {} });
    io.stdout.write(renderReference(settingsSchema));
    return 0;
  },
};
