import { quoted } from '../painless.ts';

/** A condition that holds for tags of a pattern of Fluentd; undefined where all tags do. */
export function tagCondition(pattern: string): string | undefined {
  const parts = pattern.trim() === '' ? ['**'] : splitPatterns(pattern);
  if (parts.includes('**')) return undefined;
  return parts
    .map(part => (/[*{}]/.test(part) ? `ctx.tag ==~ /${source(part)}/` : `ctx.tag == ${quoted(part)}`))
    .join(' || ');
}

export const splitPatterns = (pattern: string): string[] => pattern.trim().split(/\s+(?![^{]*\})/);

/** `*`: one part, `**`: any number of parts, none, too, `{a,b}`: either. */
function source(glob: string): string {
  let out = '';
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i]!;
    if (glob.startsWith('.**', i)) {
      out += '(?:\\..*)?';
      i += 2;
    } else if (i === 0 && glob.startsWith('**.')) {
      out += '(?:.*\\.)?';
      i += 2;
    } else if (glob.startsWith('**', i)) {
      out += '.*';
      i++;
    } else if (char === '*') out += '[^.]*';
    else if (char === '{') out += '(?:';
    else if (char === '}') out += ')';
    else if (char === ',' && out.includes('(?:')) out += '|';
    else out += char.replace(/[\\^$.+()[\]|/?]/, '\\$&');
  }
  return out;
}

/** True when surely no tag fits both patterns: two parts at the same place are different words. */
export function areApart(one: string, other: string): boolean {
  const [these, those] = [one, other].map(pattern => splitPatterns(pattern).flatMap(alternatives));
  return these!.every(left => those!.every(right => differ(left.split('.'), right.split('.'))));
}

/** The patterns that braces stand for. */
function alternatives(pattern: string): string[] {
  const [whole, inner] = /\{([^{}]*)\}/.exec(pattern) ?? [];
  if (whole === undefined || inner === undefined) return [pattern];
  return inner.split(',').flatMap(one => alternatives(pattern.replace(whole, () => one)));
}

function differ(left: readonly string[], right: readonly string[]): boolean {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [a, b] = [left[i]!, right[i]!];
    if (a === '**' || b === '**') return false;
    if (!/[*{}]/.test(a + b) && a !== b) return true;
  }
  const isOpen = left.includes('**') || right.includes('**') || /[{}]/.test(left.join('') + right.join(''));
  return !isOpen && left.length !== right.length;
}

/** A pattern as a part of a file's name. */
export const tagName = (pattern: string): string => pattern.replace(/[^\w]+/g, '-').replace(/^-|-$/g, '') || 'all';
