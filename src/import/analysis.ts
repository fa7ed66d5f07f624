import { Grok } from '../parse/grok/grok.ts';
import type { Step } from './model.ts';
import { REMOVE_TAGS } from './painless.ts';

/** Any field. */
export const ANY_FIELD = '*';

/** The fields that steps may write or remove, as paths with dots; `*` when that is not known. */
export function writtenBy(steps: readonly Step[]): Set<string> {
  const written = new Set<string>();
  for (const step of steps) {
    for (const field of writes(step)) written.add(field.includes('{{') ? ANY_FIELD : field);
    for (const field of writtenBy(step.options?.on_failure ?? [])) written.add(field);
  }
  return written;
}

/** True when a step that writes `written` may change what a condition on `read` finds. */
export function touches(written: ReadonlySet<string>, read: readonly string[]): boolean {
  if (read.length === 0) return false;
  if (written.has(ANY_FIELD)) return true;
  return [...written].some(path =>
    read.some(other => path === other || path.startsWith(`${other}.`) || other.startsWith(`${path}.`)),
  );
}

function writes({ processor, options = {} }: Step): string[] {
  if (processor === undefined) return [];
  const text = (name: string): string[] => (typeof options[name] === 'string' ? [options[name]] : []);
  const texts = (name: string): string[] => {
    const value = options[name];
    return typeof value === 'string' ? [value] : Array.isArray(value) ? value.map(String) : [];
  };
  switch (processor) {
    case 'drop':
    case 'fail':
    case 'terminate':
      return [];
    case 'remove':
      return options['keep'] === undefined ? texts('field') : [ANY_FIELD];
    case 'rename':
      return [...text('field'), ...text('target_field')];
    case 'date':
      return options['target_field'] === undefined ? ['@timestamp'] : text('target_field');
    case 'grok':
      return grokFields(texts('patterns'), options['pattern_definitions'], options['ecs_compatibility']);
    case 'dissect':
      return [...String(options['pattern']).matchAll(/%\{[+]?([^}?*&/>-][^}/]*?)(?:\/\d+)?(?:->)?\}/g)]
        .map(match => match[1]!)
        .concat(/%\{[*&]/.test(String(options['pattern'])) ? [ANY_FIELD] : []);
    case 'csv':
      return texts('target_fields');
    case 'json':
      return options['add_to_root'] === true
        ? [ANY_FIELD]
        : options['target_field'] === undefined
          ? text('field')
          : text('target_field');
    case 'kv':
    case 'pairs':
      return options['target_field'] === undefined ? [ANY_FIELD] : text('target_field');
    case 'set':
    case 'append':
      return text('field');
    case 'user_agent':
    case 'geoip':
    case 'fingerprint':
      return options['target_field'] === undefined ? [processor] : text('target_field');
    case 'script':
      return options['source'] === REMOVE_TAGS ? ['tags'] : [ANY_FIELD];
    case 'pipeline':
    case 'foreach':
      return processor === 'foreach' ? text('field') : [ANY_FIELD];
    default:
      return options['target_field'] === undefined ? text('field') : text('target_field');
  }
}

/** The fields of grok patterns; `*` when they cannot be read. */
export function grokFields(patterns: readonly string[], definitions: unknown, ecs: unknown): string[] {
  try {
    return [
      ...new Grok(patterns, {
        definitions: definitions as Record<string, string> | undefined,
        ecs: ecs === 'v1' ? 'v1' : 'disabled',
      }).fields,
    ].map(field => (/^\[.+\]$/.test(field) ? field.slice(1, -1).replaceAll('][', '.') : field));
  } catch {
    return [ANY_FIELD];
  }
}
