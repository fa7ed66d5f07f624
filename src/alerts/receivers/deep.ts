import { readYaml } from '../../base/yaml/read.ts';
import { isFields } from '../../core/event.ts';
import type { MessageTexts } from './texts.ts';

const MAX_DEPTH = 50;

/** All texts and names inside of a value, filled. What a filled text is in YAML (a number, a list) it becomes. */
export function deepFilled(value: unknown, option: string, texts: MessageTexts, depth = 0): unknown {
  if (depth > MAX_DEPTH) return null;
  if (typeof value === 'string') {
    const text = texts.value(option, value);
    const read = asYaml(text);
    return read === undefined || typeof read === 'string' ? text : read;
  }
  if (Array.isArray(value)) return value.map(item => deepFilled(item, option, texts, depth + 1));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      texts.value(option, name),
      deepFilled(inner, option, texts, depth + 1),
    ]),
  );
}

/** Undefined where it is none, or has a time in it, which JSON has not. */
function asYaml(text: string): unknown {
  const value = readYaml('', text, { code: 'LS_ALERTS_ROUTING' }, [])?.value;
  return value instanceof Date ? undefined : value;
}
