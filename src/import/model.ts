/** A step of a pipeline that is to be written: a processor with its options, a remark, or both. */
export interface Step {
  readonly processor?: string | undefined;
  readonly options?: StepOptions | undefined;
  /** Stands as a comment above it. */
  readonly comment?: string | undefined;
  /** `file:line` of what it was made of. */
  readonly where?: string | undefined;
  /** Its condition holds only where those around it do: none has to be added. */
  readonly isGuarded?: boolean | undefined;
}

/** Options as they stand in YAML; `on_failure` is a list of steps. */
export interface StepOptions {
  readonly [name: string]: unknown;
  readonly if?: string | undefined;
  readonly on_failure?: readonly Step[] | undefined;
}

/** A pipeline that is to be written into a file of its name. */
export interface ImportedPipeline {
  readonly name: string;
  readonly description?: string | undefined;
  /** Lines of comment at the head of the file. */
  readonly head: readonly string[];
  readonly match?: unknown;
  /** Stands as comments where `match` would. */
  readonly matchHint?: string | undefined;
  readonly multiline?: unknown;
  readonly steps: readonly Step[];
  readonly onFailure?: readonly Step[] | undefined;
  /** More of the file's top, as it stands: `version`, `_meta`. */
  readonly more?: Readonly<Record<string, unknown>> | undefined;
}

/** What a person must know of an import. */
export interface Remark {
  /** `left_out`: it has no equivalent, something is missing now. `changed`: it is there, and means a little else. */
  readonly kind: 'left_out' | 'changed';
  /** `file:line` */
  readonly where: string;
  readonly what: string;
  /** What to do instead. */
  readonly hint?: string | undefined;
}

/** What an import makes of its source. */
export interface Imported {
  readonly pipelines: readonly ImportedPipeline[];
  /** Part of `longshore.yaml`. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly remarks: readonly Remark[];
}

/** Sets a value at a path of plain objects: `set(settings, 'store.index.prefix', 'a-')`. */
export function setAt(target: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  let at = target;
  for (const key of keys.slice(0, -1)) {
    const inner = at[key];
    const made: Record<string, unknown> =
      typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
    at[key] = made;
    at = made;
  }
  at[keys[keys.length - 1]!] = value;
}

/** `not imported: ruby (main.conf:12): hint` as a step of comments only, and the same as a remark. */
export function leftOut(where: string, what: string, hint?: string): { step: Step; remark: Remark } {
  return {
    step: { comment: `not imported: ${what} (${where})${hint === undefined ? '' : `: ${hint}`}` },
    remark: { kind: 'left_out', where, what: `${what} is not imported.`, hint },
  };
}

/** Words for what one reading finds: `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}
