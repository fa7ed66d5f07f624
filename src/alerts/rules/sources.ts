import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { decodeText } from '../../base/text/decode.ts';
import { Located, type Path } from '../../base/yaml/located.ts';
import type { RepeatedName } from '../../base/yaml/read.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { readRuleFile } from './yaml.ts';

/** The text of one rule file. */
export interface RuleSource {
  readonly path: string;
  readonly text: string;
}

/** The options of a rule after its imports, each with the place where it was written. */
export interface RuleOptions {
  readonly path: string;
  readonly options: Fields;
  /** The file itself says what type of rule it is: without that, a file that others import is a fragment. */
  readonly ownType: boolean;
  /** Names that stand twice in a mapping of these files. */
  readonly repeated: readonly RepeatedName[];
  /** `path:line` of an option, or of what the path leads to inside of it; of the file, where there is no such option. */
  where(...path: Path): string;
}

const MAX_IMPORTS = 100;

/**
 * Replaces `$NAME` and `${NAME}` by the environment, in the text of the file and before it is read as YAML, as
 * ElastAlert does. Names that are not set stay as they are.
 */
export function expandEnvironment(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (whole, plain: string | undefined, braced: string | undefined) => {
    const name = plain ?? braced ?? '';
    return Object.hasOwn(env, name) ? (env[name] ?? whole) : whole;
  });
}

/** Reads rule files and what they `import`. */
export class RuleSources {
  readonly #texts = new Map<string, string>();
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #isClosed: boolean;
  /** Files that others import: fragments, which need not be rules themselves. */
  readonly imported = new Set<string>();

  /** Files that are no rule files and were read for an import, or as a template. */
  readonly read: RuleSource[] = [];

  /** `isClosed`: no other file is read from the disk. */
  constructor(files: readonly RuleSource[], env: Readonly<Record<string, string | undefined>>, isClosed = false) {
    this.#isClosed = isClosed;
    for (const file of files) this.#texts.set(normalize(file.path), file.text);
    this.#env = env;
  }

  /** Options of the file win over imported ones, later imports over earlier ones; filters are all kept. Throws LongshoreError. */
  load(path: string): RuleOptions {
    const entries = new Map<string, Located>();
    const stack = [path];
    const repeated: RepeatedName[] = [];
    let ownType = false;
    for (let files = 0; stack.length > 0; files++) {
      const current = stack.pop()!;
      if (files > MAX_IMPORTS) {
        throw new LongshoreError('LS_ALERTS_IMPORT', `more than ${MAX_IMPORTS} files are imported.`, {
          where: `${path}:1`,
          fix: 'Two files may import each other.',
        });
      }
      const file = this.#read(current, path, repeated);
      if (current === path) ownType = file.entries!.has('type');
      for (const [option, entry] of file.entries!) {
        const known = entries.get(option);
        if (option === 'import') stack.push(...this.#imports(entry, current, path));
        else if (known === undefined) entries.set(option, entry);
        else if (option === 'filter' && known.items !== undefined && entry.items !== undefined)
          entries.set(option, new Located([...entry.items, ...known.items], known.where, known.keyWhere));
      }
    }
    const merged = new Located(entries, `${path}:1`);
    return { path, options: merged.value as Fields, ownType, repeated, where: (...steps) => merged.placeOf(steps) };
  }

  /** The text of another file that a rule names, relative to its folder or to where the program was started. Throws what the file system says. */
  text(name: string, rule: string): string {
    const beside = isAbsolute(name) ? name : join(dirname(rule), name);
    const path = this.pathOf(name, rule);
    const text = this.#text(path);
    for (const one of [path, beside]) this.imported.add(normalize(one));
    return text;
  }

  /** Where that file is. */
  pathOf(name: string, rule: string): string {
    return this.#find(name, [dirname(rule), '.']);
  }

  #read(path: string, rule: string, repeated: RepeatedName[]): Located {
    let text: string;
    try {
      text = this.#text(path);
    } catch (cause) {
      throw new LongshoreError('LS_ALERTS_IMPORT', `the imported file ${path} cannot be read: ${messageOf(cause)}.`, {
        where: `${rule}:1`,
        fix: this.#isClosed
          ? 'Give it with the rules.'
          : 'Paths of imports are relative to the folder of the rule, or to that of the file that imports.',
        cause,
      });
    }
    return readRuleFile(path, expandEnvironment(text, this.#env), one => repeated.push(one));
  }

  /**
   * The lines of a file that a list of the rule names, without those that are empty. Relative paths start from the folder
   * of the rule, or, where nothing is there, from where the program was started. Throws Error when it cannot be read.
   */
  lines(path: string, rule: string): string[] {
    return this.text(path, rule)
      .replace(/^\uFEFF/, '')
      .split('\n')
      .map(line => line.trimEnd())
      .filter(line => line !== '');
  }

  #text(path: string): string {
    const known = this.#texts.get(normalize(path));
    if (known !== undefined) return known;
    if (this.#isClosed) throw new Error('it was not given');
    const text = decodeText(readFileSync(path));
    this.#texts.set(normalize(path), text);
    this.read.push({ path, text });
    return text;
  }

  /** In the first of the folders that has it; in the first one when none has. */
  #find(name: string, folders: readonly string[]): string {
    if (isAbsolute(name)) return name;
    const paths = folders.map(folder => join(folder, name));
    return paths.find(path => this.#texts.has(normalize(path)) || (!this.#isClosed && existsSync(path))) ?? paths[0]!;
  }

  /** ElastAlert looks from where the rule is, also for what an imported file imports. */
  #imports(entry: Located, path: string, rule: string): string[] {
    return (entry.items ?? [entry]).map(({ value: one }) => {
      if (typeof one !== 'string') {
        throw new LongshoreError('LS_ALERTS_IMPORT', 'import must be a path or a list of paths.', {
          where: entry.keyWhere,
        });
      }
      const target = this.#find(one, [dirname(rule), dirname(path)]);
      this.imported.add(normalize(target));
      return target;
    });
  }
}
