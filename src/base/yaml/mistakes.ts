/** A mistake of a YAML parser in words for whoever wrote the file. */
export interface YamlMistake {
  what: string;
  fix: string;
}

const TAB: YamlMistake = { what: 'a tab indents this line.', fix: 'Indent with blanks instead of tabs.' };

/** By the codes of the package `yaml`. */
const MISTAKES: Record<string, YamlMistake> = {
  TAB_AS_INDENT: TAB,
  BAD_INDENT: {
    what: 'the indentation of this line does not fit the lines above it.',
    fix: 'Begin all entries of one mapping or list in the same column, and close every [ and { that was opened.',
  },
  MISSING_CHAR: {
    what: 'a closing quote, bracket, brace or a comma is missing.',
    fix: 'Look at this line and the one before for a \' or ", a [ or a { without its partner.',
  },
  DUPLICATE_KEY: { what: 'this name stands twice in one mapping.', fix: 'Keep one of the two.' },
  BLOCK_AS_IMPLICIT_KEY: {
    what: 'a second `name:` stands in the line, or the line before has no end.',
    fix: 'Put each `name: value` on a line of its own, and a text that holds ": " between quotes.',
  },
  MULTILINE_IMPLICIT_KEY: {
    what: 'a name goes over more than one line; mostly a `:` is missing.',
    fix: 'Write `name: value`, with a blank behind the colon.',
  },
  MULTIPLE_DOCS: {
    what: 'the file holds more than one document.',
    fix: 'Put each into a file of its own.',
  },
  BAD_DQ_ESCAPE: {
    what: 'a backslash in "double quotes" is followed by something that is no escape.',
    fix: "Use 'single quotes', in which a backslash is only a backslash.",
  },
  BAD_ALIAS: { what: 'an alias (*name) is wrong.', fix: 'Put a text that begins with * between quotes.' },
  TAG_RESOLVE_FAILED: {
    what: 'a tag (a word that begins with !) is not known, or does not fit what follows it.',
    fix: 'Put a text that begins with ! between quotes.',
  },
  BAD_SCALAR_START: {
    what: 'a text begins with a character that YAML keeps for itself (such as @, ` or %).',
    fix: 'Put the text between quotes.',
  },
};

/** `line` is the one that the parser names. Its own words stay only for mistakes that are too rare to have ours. */
export function explainYaml(code: string, message: string, line: string): YamlMistake {
  if (/^ *\t/.test(line)) return TAB;
  const name = code === 'BAD_SCALAR_START' ? /(?:^|[[{,:\s-])(@\w[\w.]*)/.exec(line)?.[1] : undefined;
  if (name !== undefined)
    return { what: MISTAKES[code]!.what, fix: `A name that starts with @ must be quoted: '${name}'.` };
  if (Object.hasOwn(MISTAKES, code)) return MISTAKES[code]!;
  const words = message.split('\n')[0]!.replace(/[.:]?$/, '.');
  return {
    what: `this is not YAML: ${words.charAt(0).toLowerCase()}${words.slice(1)}`,
    fix: 'Check indentation, quotes and brackets of this line and the one before.',
  };
}
