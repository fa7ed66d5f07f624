import { type Options, textOf } from './options.ts';

/** Reads a file that an option names. */
export type ReadFile = (path: string) => Promise<string>;

/** The option, or what is in the file that its twin `_file` names, read anew each time: secrets change. `` without both. */
export async function secretOf(options: Options, name: string, { readFile }: { readFile: ReadFile }): Promise<string> {
  const value = textOf(options, name);
  const file = textOf(options, `${name}_file`);
  return value !== '' || file === '' ? value : (await readFile(file)).trim();
}
