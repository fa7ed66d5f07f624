import type { Step } from '../../model.ts';
import { both, fieldText, REMOVE_TAGS } from '../../painless.ts';
import type { Conversion } from '../conversion.ts';
import type { PluginReader } from '../plugin-reader.ts';
import { fieldPath } from '../references.ts';
import type { Converted } from './kind.ts';

/** `add_field`, `remove_field`, `add_tag`, `remove_tag`: what every filter does after its own work, in Logstash's order. */
export function successSteps(plugin: PluginReader, { done }: Converted, conversion: Conversion): Step[] {
  const steps: Step[] = [];
  for (const { key, values, where } of plugin.pairs('add_field')) {
    for (const value of values)
      steps.push(...addField(fieldPathOf(key, conversion, where), value, done, conversion, where));
  }
  const removed = plugin.texts('remove_field').map(name => fieldPathOf(name, conversion, plugin.where));
  if (removed.length > 0)
    steps.push({
      processor: 'remove',
      options: { field: removed.length === 1 ? removed[0] : removed, ignore_missing: true, if: done },
    });
  const tags = plugin.texts('add_tag').map(tag => conversion.template(tag, plugin.where));
  if (tags.length > 0)
    steps.push({
      processor: 'append',
      options: { field: 'tags', value: tags.length === 1 ? tags[0] : tags, if: done },
    });
  const without = plugin.texts('remove_tag').map(tag => conversion.template(tag, plugin.where));
  if (without.length > 0) steps.push(removeTags(without, done));
  return [...conversion.takeBefore().map(step => withCondition(step, done)), ...steps];
}

/** A value beside one that is there already makes a list, as in Logstash. */
function addField(
  field: string,
  value: string,
  done: string | undefined,
  conversion: Conversion,
  where: string,
): Step[] {
  const template = conversion.template(value, where);
  const isReference = /^\{\{\{[^{}]+\}\}\}$/.test(template);
  const empty = isReference ? { ignore_empty_value: true } : {};
  const isKnownAbsent = !field.includes('{{') && !conversion.mayExist(field);
  conversion.noteWritten([field]);
  if (isKnownAbsent) return [{ processor: 'set', options: { field, value: template, ...empty, if: done } }];
  if (field.includes('{{')) {
    // The name is known with the event only: what would be missing in it leaves the field out.
    const known = [...field.matchAll(/\{\{\{([^{}]+)\}\}\}/g)].map(
      match => `${fieldText(match[1]!.split('.'))} != null`,
    );
    const condition = known.reduce<string | undefined>((all, one) => both(all, one), done);
    return [{ processor: 'set', options: { field, value: template, ...empty, if: condition } }];
  }
  if (field === 'tags') return [{ processor: 'append', options: { field, value: template, if: done } }];
  const beside = isReference ? { ignore_empty_values: true } : {};
  return [{ processor: 'append', options: { field, value: template, list: false, ...beside, if: done } }];
}

function removeTags(tags: readonly string[], done: string | undefined): Step {
  return {
    processor: 'script',
    options: { source: REMOVE_TAGS, params: { gone: tags }, if: both(done, 'ctx.tags instanceof List') },
  };
}

export function withCondition(step: Step, condition: string | undefined): Step {
  if (condition === undefined || step.processor === undefined || step.isGuarded === true) return step;
  return { ...step, options: { ...step.options, if: both(condition, step.options?.if) } };
}

/** A field's name, which may have references in it. */
export function fieldPathOf(text: string, conversion: Conversion, where: string): string {
  return text.includes('%{') ? conversion.template(text, where) : fieldPath(text);
}
