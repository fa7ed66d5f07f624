import { bytesText } from '../base/text/size.ts';
import type { SettingsSchema } from './read-settings.ts';

const INTRODUCTION = `# Settings

Everything that \`config/longshore.yaml\` can say. All of it may be left out. This page is written by \`longshore docs\` from
the schemas that check the configuration; \`longshore check\` finds mistakes.

- Any setting can also be given as \`--set path=value\`, which wins over the file: \`--set http.address=127.0.0.1:8080\`.
- \`\${NAME}\` is replaced by a variable of the environment, \`\${NAME:-text}\` by the text if the variable is not set, and
  \`\${file:/run/secrets/name}\` by the content of a file. A setting that is only a variable which is not set counts as not written.
- Sizes are bytes or texts such as \`512MB\` (10^6) and \`10GiB\` (2^30).
`;

/** The schema of the configuration as a Markdown page: a table for each section, in the order of the schema. Pure. */
export function renderReference(schema: SettingsSchema): string {
  const sections: string[] = [INTRODUCTION];
  section('', schema, sections);
  return `${sections.join('\n').trimEnd()}\n`;
}

function section(path: string, schema: SettingsSchema, sections: string[], type?: string): void {
  const rows: string[] = [];
  const inner: [string, SettingsSchema, string?][] = [];
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const full = path === '' ? name : `${path}.${name}`;
    if (property.variants !== undefined)
      inner.push(
        ...Object.entries(property.variants).map(
          ([type, variant]) => [full, variant, type] as [string, SettingsSchema, string],
        ),
      );
    else if (isSection(property)) inner.push([full, property]);
    else {
      rows.push(row(name, property, schema.required?.includes(name) === true));
      if (property.items !== undefined && isSection(property.items)) inner.push([`${full}[]`, property.items]);
    }
  }
  const title = path === '' ? '## At the top' : `## \`${path}${type === undefined ? '' : `: { type: ${type} }`}\``;
  const parts = [title, ''];
  if (schema.description !== undefined) parts.push(cell(schema.description), '');
  if (rows.length > 0) parts.push('| Setting | Type | Default | Meaning |', '|---|---|---|---|', ...rows, '');
  sections.push(parts.join('\n'));
  for (const [name, property, of] of inner) section(name, property, sections, of);
}

function row(name: string, property: SettingsSchema, isRequired: boolean): string {
  const { description = '' } = property;
  return `| \`${name}\` | ${typeOf(property)} | ${isRequired ? 'required' : defaultOf(property)} | ${cell(description)} |`;
}

const NAMES: Record<string, string> = {
  string: 'text',
  integer: 'whole number',
  boolean: '`true` or `false`',
  object: 'mapping',
};

function typeOf(property: SettingsSchema): string {
  if (property.enum !== undefined) return property.enum.map(value => `\`${String(value)}\``).join(', ');
  if (property.const !== undefined) return `\`${String(property.const)}\``;
  if (property.format === 'bytes') return `size${limits(property, bytesText)}`;
  const types = [property.type ?? 'any'].flat();
  return types
    .map(type => (type === 'array' ? `list of ${typeOf(property.items ?? {})}` : (NAMES[type] ?? type)))
    .join(' or ')
    .concat(limits(property, String));
}

function limits({ minimum, maximum }: SettingsSchema, shown: (value: number) => string): string {
  const parts: string[] = [];
  if (minimum !== undefined) parts.push(`from ${shown(minimum)}`);
  // Limits that only say "a number" tell nobody anything.
  if (maximum !== undefined && maximum < 2 ** 31 - 1) parts.push(`to ${shown(maximum)}`);
  return parts.length === 0 ? '' : `, ${parts.join(' ')}`;
}

function defaultOf({ default: value, format }: SettingsSchema): string {
  if (value === undefined) return '';
  if (format === 'bytes' && typeof value === 'number') return `\`${bytesText(value)}\``;
  return typeof value === 'object' ? `\`${JSON.stringify(value)}\`` : `\`${String(value)}\``;
}

const isSection = ({ properties = {} }: SettingsSchema): boolean => Object.keys(properties).length > 0;
const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
