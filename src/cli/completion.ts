import { parseArgs } from 'node:util';
import { LongshoreError } from '../core/errors.ts';
import type { Command, ListedCommand } from './command.ts';
import { EVENT_FORMS } from './event-forms.ts';
import { STATS_FORMS } from './stats.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** What stands behind an option, where it is one of a few words. */
const WORDS: { readonly [commandAndOption: string]: readonly string[] } = {
  'search --output': EVENT_FORMS,
  'stats --output': STATS_FORMS,
};

export const completionCommand: Command = {
  name: 'completion',
  usage: `longshore completion bash|zsh|fish

bash  longshore completion bash > /etc/bash_completion.d/longshore
zsh   longshore completion zsh > "\${fpath[1]}/_longshore"
fish  longshore completion fish > ~/.config/fish/completions/longshore.fish

In one session only: source <(longshore completion bash)`,

  async run(args, io) {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
    const [shell] = positionals;
    const name = SHELLS.find(each => each === shell);
    if (name === undefined || positionals.length > 1) {
      const what =
        shell === undefined
          ? 'which shell is missing'
          : `there is no completion for '${positionals.join(' ').slice(0, 50)}'`;
      throw new LongshoreError('LS_CLI_OUTPUT', `${what}.`, {
        fix: `Write longshore completion ${SHELLS.join(', or ')}.`,
      });
    }
    const { allCommands } = await import('./index.ts');
    io.stdout.write(WRITERS[name](await allCommands()));
    return 0;
  },
};

/** The options that the help of a command shows, long ones with their short ones. */
function optionsOf({ usage }: Command): { long: string; short: string | undefined; takes: boolean }[] {
  const found = new Map<string, { long: string; short: string | undefined; takes: boolean }>();
  for (const [, short, long, value] of usage.matchAll(/^ {2}(?:(-\w), | {4})(--[a-z][a-z-]*)( [A-Z=,_|.]+)?/gm))
    if (!found.has(long!)) found.set(long!, { long: long!, short, takes: value !== undefined });
  return [...found.values(), { long: '--help', short: '-h', takes: false }];
}

const wordsOf = (command: Command, long: string): readonly string[] => WORDS[`${command.name} ${long}`] ?? [];
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const WRITERS = { bash, zsh, fish };

function bash(commands: readonly ListedCommand[]): string {
  const cases = commands.map(command => {
    const options = optionsOf(command);
    const words = options.flatMap(({ long, short }) => {
      const values = wordsOf(command, long);
      const names = [long, ...(short === undefined ? [] : [short])].map(each => `${command.name}:${each}`).join('|');
      return values.length === 0 ? [] : [`    ${names}) words='${values.join(' ')}' ;;`];
    });
    return { words, options: `    ${command.name}) words='${options.map(({ long }) => long).join(' ')}' ;;` };
  });
  const files = commands.flatMap(command =>
    optionsOf(command).flatMap(({ long, short, takes }) =>
      takes && wordsOf(command, long).length === 0 ? [long, ...(short === undefined ? [] : [short])] : [],
    ),
  );
  return `# Completion of longshore for bash.
_longshore() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]} words=''
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words='${['help', ...commands.map(({ name }) => name)].join(' ')}'
  else
    case $command:$before in
${cases.flatMap(({ words }) => words).join('\n')}
    esac
    if [[ -z $words && $current == -* ]]; then
      case $command in
${cases.map(({ options }) => `  ${options}`).join('\n')}
      esac
    fi
    [[ -n $words ]] || case $command:$before in
      help:*) words='${commands.map(({ name }) => name).join(' ')}' ;;
      completion:*) words='${SHELLS.join(' ')}' ;;
    esac
    # Behind an option that takes something else, and for words of a query: files.
    case $before in ${[...new Set(files)].join('|')}) words='' ;; esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _longshore longshore
`;
}

function zsh(commands: readonly ListedCommand[]): string {
  const about = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary.split(':', 1)[0]!}`)}`).join('\n');
  const cases = commands.map(command => {
    const specs = optionsOf(command).map(({ long, short, takes }) => {
      const words = wordsOf(command, long);
      const value = words.length > 0 ? `:form:(${words.join(' ')})` : takes ? ':value:_files' : '';
      return short === undefined ? `${quoted(`${long}${value}`)}` : `{${short},${long}}${quoted(value)}`;
    });
    return `    ${command.name}) _arguments ${specs.join(' ')} '*:word:_files' ;;`;
  });
  return `#compdef longshore
_longshore() {
  local -a commands=(
${about}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
    completion) _values shell ${SHELLS.join(' ')} ;;
    help) _describe command commands ;;
${cases.filter(line => !line.startsWith('    completion)')).join('\n')}
  esac
}
if [[ $funcstack[1] == _longshore ]]; then _longshore "$@"; else compdef _longshore longshore; fi
`;
}

function fish(commands: readonly ListedCommand[]): string {
  const lines = [
    '# Completion of longshore for fish.',
    'complete -c longshore -f -n __fish_use_subcommand -a help',
    `complete -c longshore -f -n '__fish_seen_subcommand_from help' -a '${commands.map(({ name }) => name).join(' ')}'`,
  ];
  for (const command of commands) {
    const { name, summary } = command;
    lines.push(
      `complete -c longshore -f -n __fish_use_subcommand -a ${name} -d ${fishQuoted(summary.split(':', 1)[0]!)}`,
    );
    for (const { long, short, takes } of optionsOf(command)) {
      const words = wordsOf(command, long);
      const names = `-l ${long.slice(2)}${short === undefined ? '' : ` -s ${short.slice(1)}`}`;
      const value = words.length > 0 ? ` -x -a '${words.join(' ')}'` : takes ? ' -r' : '';
      lines.push(`complete -c longshore -n '__fish_seen_subcommand_from ${name}' ${names}${value}`);
    }
  }
  lines.push(`complete -c longshore -f -n '__fish_seen_subcommand_from completion' -a '${SHELLS.join(' ')}'`);
  return `${lines.join('\n')}\n`;
}

const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
