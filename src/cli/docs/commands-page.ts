import { allCommands } from '../index.ts';

const INTRODUCTION = `# Command line

\`node bin/longshore.js COMMAND\` in a checkout, \`npx longshore COMMAND\` beside it, \`longshore COMMAND\` in the image.
The exit code is 0 when all went well, 1 when something failed, 2 for wrong usage. Output that goes through a pipe is
complete; colours are for terminals only (\`NO_COLOR\` is respected).
`;

/** \`docs/reference/command-line.md\`: what \`--help\` says of every command. */
export async function commandsPage(): Promise<string> {
  const sections = (await allCommands()).map(
    ({ name, summary, usage }) =>
      `## ${name}\n\n${summary[0]!.toUpperCase()}${summary.slice(1)}.\n\n\`\`\`text\n${usage.trim()}\n\`\`\`\n`,
  );
  return [INTRODUCTION, ...sections].join('\n');
}
