import { type Fields, isFields } from '../../../core/event.ts';

/** What a key or record accessor finds. */
export function valueAt(record: Fields, key: string): unknown {
  const path = key.startsWith('$')
    ? [...key.matchAll(/\.([^.[\]]+)|\['([^']+)'\]|\["([^"]+)"\]/g)].map(([, a, b, c]) => a ?? b ?? c!)
    : [key];
  let value: unknown = record;
  for (const name of path) {
    if (!isFields(value) && (typeof value !== 'object' || value === null)) return undefined;
    value = (value as Fields)[name];
  }
  return value;
}

interface Scope {
  readonly record: Fields;
  readonly tag: string;
  /** Variables of the environment replaced. */
  readonly say: (text: string) => string;
}

/** A value of `<record>`; undefined: it uses Ruby that is not read. */
export function evaluate(given: unknown, scope: Scope): { value: unknown } | undefined {
  if (typeof given === 'object' && given !== null) return { value: given };
  const text = scope.say(String(given));
  if (text.includes('#{')) return undefined;
  const whole = /^\s*\$\{((?:[^{}]|\{[^{}]*\})*)\}\s*$/.exec(text);
  if (whole !== null) return ruby(whole[1]!.trim(), scope);
  let isRead = true;
  const value = text.replace(/\$\{((?:[^{}]|\{[^{}]*\})*)\}/g, (_, code: string) => {
    const found = ruby(code.trim(), scope);
    if (found === undefined) isRead = false;
    const inner = found?.value;
    return inner === undefined || inner === null
      ? ''
      : typeof inner === 'object'
        ? JSON.stringify(inner)
        : String(inner);
  });
  return isRead ? { value } : undefined;
}

function ruby(code: string, scope: Scope): { value: unknown } | undefined {
  const alternatives = code.split(/\s*\|\|\s*/);
  if (alternatives.length > 1) {
    for (const one of alternatives) {
      const found = ruby(one, scope);
      if (found === undefined) return undefined;
      if (found.value !== undefined && found.value !== null && found.value !== false) return found;
    }
    return { value: undefined };
  }
  if (code === 'tag') return { value: scope.tag };
  const part = /^tag_parts\[(-?\d+)\]$/.exec(code);
  if (part !== null) return { value: scope.tag.split('.').at(Number(part[1])) };
  const literal = /^(["'])([^"'#]*)\1$/.exec(code);
  if (literal !== null) return { value: literal[2] };
  if (/^-?\d+$/.test(code)) return { value: Number(code) };
  const call = /^(.+)\.(downcase|upcase|strip|to_s|to_i|to_f|length|size)$/.exec(code);
  if (call !== null) {
    const inner = ruby(call[1]!, scope);
    if (inner === undefined) return undefined;
    // A method of nothing is a mistake in Ruby: the field is not set.
    if (inner.value === undefined || inner.value === null) return { value: undefined };
    return { value: METHODS[call[2]!]!(String(inner.value)) };
  }
  if (/^record(?:\[["'][^"']+["']\])+$/.test(code) || /^record\.dig\(/.test(code)) {
    let value: unknown = scope.record;
    for (const [, name] of code.matchAll(/["']([^"']+)["']/g))
      value = typeof value === 'object' && value !== null ? (value as Fields)[name!] : undefined;
    return { value };
  }
  return /^[a-z_]\w*$/.test(code) && code !== 'time' && code !== 'hostname' ? { value: scope.record[code] } : undefined;
}

const METHODS: Readonly<Record<string, (text: string) => unknown>> = {
  downcase: text => text.toLowerCase(),
  upcase: text => text.toUpperCase(),
  strip: text => text.trim(),
  to_s: text => text,
  to_i: text => Number.parseInt(text, 10) || 0,
  to_f: text => Number.parseFloat(text) || 0,
  length: text => text.length,
  size: text => text.length,
};
