import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { type Fields, newFields } from '../../core/event.ts';
import { type Path, parseRuleFile, type RuleFile } from './yaml.ts';

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
  /** `path:line` of an option, or of what the path leads to inside of it; without one, of the file. */
  where(option?: string, ...path: Path): string;
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
  /** Files that others import: fragments, which need not be rules themselves. */
  readonly imported = new Set<string>();

  /** Files that are no rule files and were read for an import. */
  readonly read: RuleSource[] = [];

  constructor(files: readonly RuleSource[], env: Readonly<Record<string, string | undefined>>) {
    for (const file of files) this.#texts.set(normalize(file.path), file.text);
    this.#env = env;
  }

  /** Options of the file win over imported ones, later imports over earlier ones; filters are all kept. Throws LongshoreError. */
  load(path: string): RuleOptions {
    const merged = newFields();
    const origins = new Map<string, RuleFile>();
    const filters: { file: RuleFile; item: number }[] = [];
    const stack = [path];
    let ownType = false;
    for (let files = 0; stack.length > 0; files++) {
      const current = stack.pop()!;
      if (files > MAX_IMPORTS) {
        throw new LongshoreError('LS_ALERTS_IMPORT', `more than ${MAX_IMPORTS} files are imported.`, {
          where: `${path}:1`,
          fix: 'Two files may import each other.',
        });
      }
      const file = this.#read(current, path);
      if (current === path) ownType = file.options['type'] !== undefined;
      for (const [option, value] of Object.entries(file.options)) {
        if (option === 'import') {
          stack.push(...this.#imports(file, current));
        } else if (option === 'filter' && Array.isArray(merged['filter']) && Array.isArray(value)) {
          merged['filter'] = [...value, ...merged['filter']];
          filters.unshift(...itemsOf(file, value));
        } else if (!Object.hasOwn(merged, option)) {
          merged[option] = value;
          origins.set(option, file);
          if (option === 'filter' && Array.isArray(value)) filters.push(...itemsOf(file, value));
        }
      }
    }
    return {
      path,
      options: merged,
      ownType,
      where: (option, ...steps) => {
        if (option === undefined || !origins.has(option)) return `${path}:1`;
        const [step, ...rest] = steps;
        const origin = option === 'filter' && typeof step === 'number' ? filters[step] : undefined;
        const file = origin?.file ?? origins.get(option)!;
        return `${file.path}:${origin === undefined ? file.line(option, ...steps) : file.line(option, origin.item, ...rest)}`;
      },
    };
  }

  #read(path: string, rule: string): RuleFile {
    const known = this.#texts.get(normalize(path));
    let text = known;
    if (text === undefined) {
      try {
        text = readFileSync(path, 'utf8');
        this.#texts.set(normalize(path), text);
        this.read.push({ path, text });
      } catch (cause) {
        throw new LongshoreError('LS_ALERTS_IMPORT', `the imported file ${path} cannot be read: ${messageOf(cause)}.`, {
          where: `${rule}:1`,
          fix: 'Paths of imports are relative to the file that imports.',
          cause,
        });
      }
    }
    return parseRuleFile(path, expandEnvironment(text, this.#env));
  }

  #imports(file: RuleFile, path: string): string[] {
    const value = file.options['import'];
    const list = Array.isArray(value) ? value : [value];
    return list.map(one => {
      if (typeof one !== 'string') {
        throw new LongshoreError('LS_ALERTS_IMPORT', 'import must be a path or a list of paths.', {
          where: `${path}:${file.line('import')}`,
        });
      }
      const target = isAbsolute(one) ? one : join(dirname(path), one);
      this.imported.add(normalize(target));
      return target;
    });
  }
}

const itemsOf = (file: RuleFile, list: readonly unknown[]): { file: RuleFile; item: number }[] =>
  list.map((_, item) => ({ file, item }));
