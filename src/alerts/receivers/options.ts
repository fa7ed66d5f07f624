export type Options = Readonly<Record<string, unknown>>;

/** An option that is a text; `fallback` where it is none. */
export function textOf(options: Options, name: string, fallback = ''): string {
  const value = options[name];
  return typeof value === 'string' ? value : fallback;
}

/** At most `most` characters, with a sign where the rest was. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
