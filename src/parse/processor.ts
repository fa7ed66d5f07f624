import type { Located } from '../base/yaml/located.ts';
import type { Fields } from '../core/event.ts';
import type { Block } from './block.ts';
import type { OptionReader } from './loader/option-reader.ts';
import type { StepDetail } from './observer.ts';
import type { StepPlan } from './plan.ts';
import type { Run, RunOutcome, RunState } from './run-state.ts';

/** What a processor may ask for while it is being prepared. */
export interface BuildContext {
  readonly timezone: string;
  readonly grok: GrokSettings;
  /** Undefined: none are configured. */
  readonly geo: GeoDatabases | undefined;
  /** The text of a file that lies beside the pipeline's. Throws a LongshoreError that says why not; undefined: there are no files here. */
  file(name: string): string | undefined;
  /** Prepares a nested list of processors (`foreach`). */
  block(source: Located): Block;
  /** Another pipeline by name, found at run time; undefined if there is none. */
  pipeline(name: string): ((event: Fields, state: RunState) => RunOutcome) | undefined;
  /** Says that this pipeline calls another one, so that a missing one is a mistake at load. */
  calls(name: string, where: string, optional: boolean): void;
  /** Says what is no mistake, and yet likely not meant. */
  doubt(doubt: Doubt): void;
  /** For whoever looks at how pipelines run: which of several things this processor takes. */
  tell(detail: StepDetail): void;
  /** Says what this processor is going to do, where that is said in a few words. */
  plan(plan: StepPlan): void;
}

/** Databases of addresses. */
export interface GeoDatabases {
  /** By the name of its file; undefined when it cannot be read. */
  find(file: string): GeoDatabase | undefined;
  /** Why a file cannot be read, to be put behind a sentence: `: it is not there`. */
  reasonOf(file: string): string;
}

export interface GeoDatabase {
  /** What the file says it is: `GeoLite2-City`. */
  readonly type: string;
  /** Undefined when the text is no address. `record`: undefined when nothing is known of it. `network`: what the record is for, as `1.2.3.0/24`. */
  look(address: string): { readonly record: Fields | undefined; readonly network: string } | undefined;
}

/** What `check` warns of. */
export interface Doubt {
  /** `file:line` */
  readonly where: string;
  readonly what: string;
}

export interface GrokSettings {
  readonly time_limit_ms?: number | undefined;
  readonly ecs?: 'disabled' | 'v1' | undefined;
  readonly definitions?: Record<string, string> | undefined;
}

/** One kind of processor: a name in YAML and how to prepare it. Registered in `processors/index.ts`. */
export interface ProcessorKind {
  readonly name: string;
  /** Tag of an event on which it failed. Default `_<name>failure`. */
  readonly eventTag?: string;
  build(options: OptionReader, context: BuildContext): Run;
}
