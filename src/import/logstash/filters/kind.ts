import type { Step } from '../../model.ts';
import { both } from '../../painless.ts';
import { type Conversion, readTemporary, temporary } from '../conversion.ts';
import type { PluginReader } from '../plugin-reader.ts';

/** What one filter becomes. */
export interface Converted {
  readonly steps: readonly Step[];
  /** Says when the filter did its work; what `add_field` and its like ask for. Undefined: always. */
  readonly done?: string | undefined;
}

/** One kind of filter; undefined: it said itself why it has no equivalent. */
export type FilterKind = (plugin: PluginReader, conversion: Conversion) => Converted;

/** Adds the tags of a failure. */
export function tagged(tags: readonly string[]): Step[] {
  if (tags.length === 0) return [];
  return [
    {
      processor: 'append',
      options: { field: 'tags', value: tags.length === 1 ? tags[0] : tags, allow_duplicates: false },
    },
  ];
}

/** The handlers of a failure, and the mark that tells later steps of it. */
export class FailureMark {
  readonly #name: string;
  readonly #isWanted: boolean;

  /** `isWanted`: whether anything hangs on success. */
  constructor(plugin: PluginReader, isWanted: boolean) {
    this.#name = `${plugin.name}_${plugin.line}`;
    this.#isWanted = isWanted;
  }

  handlers(tags: readonly string[]): Step[] {
    const mark: Step[] = this.#isWanted
      ? [{ processor: 'set', options: { field: temporary(`failed_${this.#name}`), value: true } }]
      : [];
    return [...tagged(tags), ...mark];
  }

  /** Holds when no handler ran, and `also`. */
  done(also?: string): string | undefined {
    return this.#isWanted ? both(also, `${readTemporary(`failed_${this.#name}`)} != true`) : also;
  }
}

const SUCCESS = ['add_field', 'remove_field', 'add_tag', 'remove_tag'];
export const hasSuccessOptions = (plugin: PluginReader): boolean => SUCCESS.some(name => plugin.has(name));

export const failureMark = (plugin: PluginReader): FailureMark => new FailureMark(plugin, hasSuccessOptions(plugin));

/** `on_failure` when there is something in it, else the failure is passed over. */
export function onFailure(steps: readonly Step[]): { on_failure: readonly Step[] } | { ignore_failure: true } {
  return steps.length === 0 ? { ignore_failure: true } : { on_failure: steps };
}
