import { type Fields, isFields } from '../../../core/event.ts';

/** Custom fields of texts that want objects. */
const OF_OBJECTS = /:(?:multicheckboxes|multiselect|radiobuttons)$/;
const TEXT_TYPES = ['string', 'date', 'datetime'];

/**
 * Name and value of a field of Jira for an option `jira_some_field`, by what Jira says of its fields; undefined when it has
 * none of that name.
 */
export function jiraField(
  option: string,
  value: unknown,
  fields: readonly Fields[],
): [id: string, value: unknown] | undefined {
  const wanted = plainName(option.slice('jira_'.length));
  const field =
    fields.find(one => plainName(one['name']) === wanted) ?? fields.find(one => plainName(one['id']) === wanted);
  const schema = field?.['schema'];
  if (field === undefined || !isFields(schema)) return undefined;
  const isSpecial = OF_OBJECTS.test(String(schema['custom'] ?? ''));
  const type = String(schema['type']);
  const id = String(field['id']);
  if (type !== 'array') return [id, inJira(type, isSpecial, value)];
  const items = Array.isArray(value) ? value : [value];
  return [id, items.map(item => inJira(String(schema['items']), isSpecial, item))];
}

function inJira(type: string, isSpecial: boolean, value: unknown): unknown {
  if (TEXT_TYPES.includes(type)) return isSpecial ? { value } : value;
  if (type === 'number') return Math.trunc(Number(value));
  return type === 'option' ? { value } : { name: value };
}

const plainName = (name: unknown): string => String(name).replaceAll('_', ' ').toLowerCase();
