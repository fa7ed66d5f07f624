import type { JsonSchema } from './load.ts';
import { isVariants } from './variants.ts';

const INTRODUCTION = `# Settings

Everything that \`config/longshore.yaml\` can say. All of it may be left out. This page is written by \`longshore docs\` from
the schemas that check the configuration; \`longshore check\` finds mistakes.

- Any setting can also be given as \`--set path=value\`, which wins over the file: \`--set http.address=127.0.0.1:8080\`.
- \`\${NAME}\` is replaced by a variable of the environment, \`\${NAME:-text}\` by the text if the variable is not set, and
  \`\${file:/run/secrets/name}\` by the content of a file. A setting that is only a variable which is not set counts as not written.
- Sizes are bytes or texts such as \`512MB\` (10^6) and \`10GiB\` (2^30).
`;

/** The schema of the configuration as a Markdown page: a table for each section, in the order of the schema. Pure. */
export function renderReference(schema: JsonSchema): string {
  const sections: string[] = [INTRODUCTION];
  section('', schema, sections);
  return `${sections.join('\n').trimEnd()}\n`;
}

function section(path: string, schema: JsonSchema, sections: string[], type?: string): void {
  const rows: string[] = [];
  const inner: [string, JsonSchema, string?][] = [];
  for (const [name, property] of Object.entries(propertiesOf(schema))) {
    const full = path === '' ? name : `${path}.${name}`;
    const items = property['items'] as JsonSchema | undefined;
    if (isVariants(property)) {
      for (const [type, variant] of Object.entries(property.variants)) inner.push([full, variant, type]);
    } else if (isSection(property)) inner.push([full, property]);
    else {
      rows.push(row(name, property, requiredOf(schema).includes(name)));
      if (items !== undefined && isSection(items)) inner.push([`${full}[]`, items]);
    }
  }
  const title = path === '' ? '## At the top' : `## \`${path}${type === undefined ? '' : `: { type: ${type} }`}\``;
  const parts = [title, ''];
  if (typeof schema['description'] === 'string') parts.push(cell(schema['description']), '');
  if (rows.length > 0) parts.push('| Setting | Type | Default | Meaning |', '|---|---|---|---|', ...rows, '');
  sections.push(parts.join('\n'));
  for (const [name, property, of] of inner) section(name, property, sections, of);
}

function row(name: string, property: JsonSchema, isRequired: boolean): string {
  const meaning = typeof property['description'] === 'string' ? property['description'] : '';
  return `| \`${name}\` | ${typeOf(property)} | ${isRequired ? 'required' : defaultOf(property)} | ${cell(meaning)} |`;
}

function typeOf(property: JsonSchema): string {
  const one = (property['enum'] as unknown[] | undefined)?.map(value => `\`${String(value)}\``);
  if (one !== undefined) return one.join(', ');
  if (property['const'] !== undefined) return `\`${String(property['const'])}\``;
  const any = property['anyOf'] as JsonSchema[] | undefined;
  if (any !== undefined) return any.map(typeOf).join(' or ');
  if (property['format'] === 'bytes') return `size${limits(property, size)}`;
  if (property['type'] === 'array') return `list of ${typeOf((property['items'] ?? {}) as JsonSchema)}`;
  if (property['type'] === 'object') return 'mapping';
  const names: Record<string, string> = { string: 'text', integer: 'whole number', boolean: '`true` or `false`' };
  const type = String(property['type'] ?? 'any');
  return `${names[type] ?? type}${limits(property, String)}`;
}

function limits(property: JsonSchema, shown: (value: number) => string): string {
  const { minimum, maximum } = property as { minimum?: number; maximum?: number };
  const parts: string[] = [];
  if (minimum !== undefined) parts.push(`from ${shown(minimum)}`);
  // Limits that only say "a number" tell nobody anything.
  if (maximum !== undefined && maximum < 2 ** 31 - 1) parts.push(`to ${shown(maximum)}`);
  return parts.length === 0 ? '' : `, ${parts.join(' ')}`;
}

function defaultOf(property: JsonSchema): string {
  const value = property['default'];
  if (value === undefined) return '';
  if (property['format'] === 'bytes' && typeof value === 'number') return `\`${size(value)}\``;
  return typeof value === 'object' ? `\`${JSON.stringify(value)}\`` : `\`${String(value)}\``;
}

/** As it can be written in the configuration, without loss. */
function size(bytes: number): string {
  const units: [string, number][] = [
    ['GB', 1e9],
    ['GiB', 2 ** 30],
    ['MB', 1e6],
    ['MiB', 2 ** 20],
    ['KB', 1e3],
    ['KiB', 2 ** 10],
  ];
  for (const [unit, factor] of units) if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  return String(bytes);
}

const isSection = (property: JsonSchema): boolean => Object.keys(propertiesOf(property)).length > 0;
const propertiesOf = (schema: JsonSchema) => (schema['properties'] ?? {}) as Record<string, JsonSchema>;
const requiredOf = (schema: JsonSchema) => (schema['required'] ?? []) as string[];
const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
