import { type Fields, isFields, newFields } from '../../core/event.ts';
import { FieldPath } from '../field-path.ts';
import type { ProcessorKind } from '../processor.ts';
import { compileTemplate } from '../template.ts';
import { constantKey, templatedPath } from './set.ts';

/** `rename`: field, target_field, ignore_missing, override. */
export const rename: ProcessorKind = {
  name: 'rename',
  build(options, context) {
    const source = templatedPath(options, 'field');
    const target = templatedPath(options, 'target_field');
    const ignoreMissing = options.boolean('ignore_missing', false);
    const override = options.boolean('override', false);
    const field = constantKey(options, 'field');
    const to = constantKey(options, 'target_field');
    if (field !== undefined && to !== undefined && !override)
      context.plan({ kind: 'rename', field, target: to, ignoreMissing });
    return (event, state) => {
      const from = source(event, state);
      const value = from.get(event, state);
      if (value === undefined || (from.text === '@timestamp' && event['@timestamp'] === undefined))
        return ignoreMissing ? undefined : `field [${from.text}] is not there`;
      const to = target(event, state);
      if (!override && to.text !== '@timestamp' && to.has(event, state)) return `field [${to.text}] is there already`;
      from.remove(event, state);
      const failed = to.set(event, state, value);
      if (failed !== undefined) from.set(event, state, value);
      return failed;
    };
  },
};

/** `remove`: field (one or a list) or keep, ignore_missing. */
export const remove: ProcessorKind = {
  name: 'remove',
  build(options, context) {
    const ignoreMissing = options.boolean('ignore_missing', false);
    const keep = options.has('keep') ? options.strings('keep') : undefined;
    if (keep !== undefined) {
      if (options.has('field'))
        options.problem('LS_PIPELINE_OPTION', 'processor remove has both `field` and `keep`.', 'Keep one of them.');
      const kept = new Set([...keep, '@timestamp']);
      return event => {
        removeOthers(event, kept, '');
        return undefined;
      };
    }
    const templates = options.strings('field').map(text => options.attempt('field', () => compileTemplate(text))!);
    const paths = templates.map(template =>
      template?.constant === undefined ? undefined : new FieldPath(template.constant),
    );
    const keys = paths.map(path => path?.key);
    if (keys.every(key => key !== undefined)) context.plan({ kind: 'remove', fields: keys, ignoreMissing });
    return (event, state) => {
      for (let i = 0; i < paths.length; i++) {
        const path = paths[i] ?? new FieldPath(templates[i]!.render(event, state));
        if (!path.remove(event, state) && !ignoreMissing) return `field [${path.text}] is not there`;
      }
      return undefined;
    };
  },
};

function removeOthers(fields: Fields, kept: ReadonlySet<string>, prefix: string): void {
  for (const key of Object.keys(fields)) {
    const path = prefix + key;
    if (kept.has(path)) continue;
    const value = fields[key];
    if (isFields(value) && [...kept].some(keep => keep.startsWith(`${path}.`))) removeOthers(value, kept, `${path}.`);
    else delete fields[key];
  }
}

/** `dot_expander`: field (`*` for all), path, override. */
export const dotExpander: ProcessorKind = {
  name: 'dot_expander',
  build(options) {
    const field = options.string('field');
    const prefix = options.optionalPath('path');
    const override = options.boolean('override', false);
    const isDotted = field.includes('.') && field.split('.').every(segment => segment !== '');
    if (field !== '' && field !== '*' && !isDotted)
      options.problem(
        'LS_PIPELINE_OPTION',
        `processor dot_expander: \`field\` "${field}" has no dot between two names.`,
        'Name the dotted field, or *.',
      );
    return (event, state) => {
      const root = prefix === undefined ? event : prefix.get(event, state);
      if (!isFields(root)) return `field [${prefix!.text}] is not an object`;
      const keys = field === '*' ? Object.keys(root).filter(key => key.includes('.')) : [field];
      for (const key of keys) {
        if (!Object.hasOwn(root, key)) continue;
        const failed = expand(root, key, override);
        if (failed !== undefined) return failed;
      }
      return undefined;
    };
  },
};

function expand(root: Fields, key: string, override: boolean): string | undefined {
  const segments = key.split('.');
  const last = segments.pop()!;
  let parent = root;
  for (const segment of segments) {
    const next = Object.hasOwn(parent, segment) ? parent[segment] : undefined;
    if (next !== undefined && !isFields(next)) return `cannot expand [${key}]: [${segment}] is not an object`;
    const inner = next ?? newFields();
    parent[segment] = inner;
    parent = inner;
  }
  const value = root[key];
  delete root[key];
  const present = Object.hasOwn(parent, last) ? parent[last] : undefined;
  if (present === undefined || override) parent[last] = value;
  else parent[last] = (Array.isArray(present) ? present : [present]).concat(value);
  return undefined;
}
