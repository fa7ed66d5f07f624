import { parseArgs } from 'node:util';
import type { Command } from './command.ts';
import { print } from './output.ts';
import { pipelineSchemaText } from './pipeline-reference/schema.ts';

export const schemaCommand: Command = {
  name: 'schema',
  usage: `longshore schema pipeline

Editors with the YAML language server show mistakes and meanings while you write. In the first line of a pipeline:
  # yaml-language-server: $schema=../config/pipeline.schema.json
The file is part of Longshore; this command prints the same.`,

  async run(args, io) {
    const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
    if (positionals.length !== 1 || positionals[0] !== 'pipeline') {
      io.stderr.write("longshore: name what: 'longshore schema pipeline'.\n");
      return 2;
    }
    await print(io.stdout, pipelineSchemaText());
    return 0;
  },
};
