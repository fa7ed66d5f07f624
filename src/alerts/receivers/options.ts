import { isFields } from '../../core/event.ts';

export type Options = Readonly<Record<string, unknown>>;

/** An option that is a text; `fallback` where it is none. */
export function textOf(options: Options, name: string, fallback = ''): string {
  const value = options[name];
  return typeof value === 'string' ? value : fallback;
}

/** At most `most` characters, with a sign where the rest was. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

/** The same in bytes of UTF-8. */
export function cutBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  return `${bytes
    .subarray(0, most - 3)
    .toString('utf8')
    .replace(/\ufffd+$/, '')}…`;
}

/** The mappings in a list that was read as it stands. */
export const listOf = (value: unknown): Options[] =>
  Array.isArray(value) ? (value.filter(isFields) as Options[]) : [];

/** An option that is a mapping. */
export const optionsOf = (value: unknown): Options => (isFields(value) ? (value as Options) : {});

/** Without what is `` or an empty list. */
export const without = (value: Options): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value).filter(
      ([, one]) => one !== '' && one !== undefined && !(Array.isArray(one) && one.length === 0),
    ),
  );

/** Whether an option that was read as it stands says yes. */
export const isYes = (value: unknown): boolean => value === true || /^(?:y|yes|true|on)$/i.test(String(value));
