/** True when the text has the form of the glob. */
export type GlobMatcher = (text: string) => boolean;

/** `*` stands for any run of characters, `?` for one, `{a,b}` for either. Exact, prefix, suffix and infix forms need no regular expression. */
export function compileGlob(glob: string): GlobMatcher {
  const simple = !/[?{]/.test(glob);
  const inner = glob.slice(1, -1);
  if (simple && !glob.includes('*')) return text => text === glob;
  if (glob === '*') return () => true;
  if (simple && glob.endsWith('*') && !glob.slice(0, -1).includes('*')) return prefixMatcher(glob.slice(0, -1));
  if (simple && glob.startsWith('*') && !glob.slice(1).includes('*')) return suffixMatcher(glob.slice(1));
  if (simple && glob.startsWith('*') && glob.endsWith('*') && !inner.includes('*')) return text => text.includes(inner);
  const pattern = new RegExp(`^${globSource(glob, '[\\s\\S]*')}$`);
  return text => pattern.test(text);
}

/** A tag pattern as Fluentd reads it: `*` is one part between dots, `**` any number of parts (none, too), `{a,b}` either; several patterns stand beside spaces. */
export function compileTagGlob(glob: string): GlobMatcher {
  const patterns = glob
    .trim()
    .split(/\s+(?![^{]*\})/)
    .map(part => new RegExp(`^${tagSource(part)}$`));
  const only = patterns[0]!;
  return patterns.length === 1 ? text => only.test(text) : text => patterns.some(pattern => pattern.test(text));
}

function prefixMatcher(prefix: string): GlobMatcher {
  return text => text.startsWith(prefix);
}

function suffixMatcher(suffix: string): GlobMatcher {
  return text => text.endsWith(suffix);
}

function tagSource(glob: string): string {
  if (glob === '**') return '[\\s\\S]*';
  const source = globSource(glob.replaceAll('**', '\u0000'), '[^.]*');
  // `a.**` also matches `a`, `**.b` also `b`.
  return source
    .replaceAll('\\.\u0000', '(?:\\.[\\s\\S]*)?')
    .replace(/^\u0000\\\./, '(?:[\\s\\S]*\\.)?')
    .replaceAll('\u0000', '[\\s\\S]*');
}

function globSource(glob: string, star: string): string {
  let depth = 0;
  return glob.replace(/[\s\S]/g, c => {
    if (c === '*') return star;
    if (c === '?') return '[\\s\\S]';
    if (c === '{') {
      depth++;
      return '(?:';
    }
    if (c === '}' && depth > 0) {
      depth--;
      return ')';
    }
    if (c === ',' && depth > 0) return '|';
    return c.replace(/[\\^$.+()[\]|/{}]/, '\\$&');
  });
}
