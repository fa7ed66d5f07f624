import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Command } from '../command.ts';
import { referencePages } from './pages.ts';

export const docsCommand: Command = {
  name: 'docs',
  usage: `longshore docs [FOLDER]

Writes settings.md, errors.md and the other pages that are made from the code into FOLDER (docs/reference).`,

  async run(args, io) {
    const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
    const folder = positionals[0] ?? 'docs/reference';
    for (const [file, page] of Object.entries(await referencePages())) {
      writeFileSync(join(folder, file), page);
      io.stdout.write(`${join(folder, file)}\n`);
    }
    return 0;
  },
};
