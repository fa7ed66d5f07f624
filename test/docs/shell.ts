// Just enough of a shell's grammar to see which programs the blocks of the manual call, and with what.

/** The words of each command of a script, in order; assignments before a command and redirections are left out. */
export function commandsOf(script: string): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  let isRedirection = false;
  const endWord = (): void => {
    if (word !== undefined && !isRedirection && !(words.length === 0 && /^\w+=/.test(word))) words.push(word);
    if (word !== undefined) isRedirection = false;
    word = undefined;
  };
  const endCommand = (): void => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  const hereDocuments: string[] = [];
  for (let i = 0; i < script.length; i++) {
    const c = script[i]!;
    if (c === '\\') {
      i++;
      if (script[i] !== '\n') word = (word ?? '') + (script[i] ?? '');
    } else if (c === "'") {
      const end = closing(script, "'", i);
      word = (word ?? '') + script.slice(i + 1, end);
      i = end;
    } else if (c === '"') {
      const end = closing(script, '"', i);
      word = (word ?? '') + script.slice(i + 1, end).replace(/\\(["\\$`])/g, '$1');
      i = end;
    } else if (c === '#' && word === undefined) {
      i = lineEnd(script, i) - 1;
    } else if (c === '<' && script[i + 1] === '<') {
      const [all, name] = /^<<-?\s*['"]?(\w+)['"]?/.exec(script.slice(i))!;
      hereDocuments.push(name!);
      i += all.length - 1;
    } else if (c === '>' || c === '<') {
      if (word !== undefined && /^\d$/.test(word)) word = undefined;
      endWord();
      while (/[>&<]/.test(script[i + 1] ?? '')) i++;
      isRedirection = true;
    } else if (c === '\n') {
      endCommand();
      for (const name of hereDocuments.splice(0)) {
        const end = script.indexOf(`\n${name}\n`, i);
        i = end === -1 ? script.length : end + name.length + 1;
      }
    } else if (c === '|' || c === ';' || c === '&') endCommand();
    else if (c === ' ' || c === '\t') endWord();
    else word = (word ?? '') + c;
  }
  endCommand();
  return commands;
}

function closing(script: string, quote: string, from: number): number {
  for (let i = from + 1; i < script.length; i++) {
    if (script[i] === quote) return i;
    if (script[i] === '\\' && quote === '"') i++;
  }
  throw new Error(`a quote has no end: ${script.slice(from, from + 40)}`);
}

function lineEnd(script: string, from: number): number {
  const end = script.indexOf('\n', from);
  return end === -1 ? script.length : end;
}
