import type { DateParser } from '../base/time/pattern/parse.ts';
import type { Zone } from '../base/time/zone.ts';
import type { Grok } from './grok/grok.ts';
import type { Expression } from './painless/ast.ts';

/**
 * What a processor is going to do, apart from doing it: for whoever makes one function of a whole pipeline. Names of fields are
 * keys at the top of the event. A processor that tells no plan can only be run.
 */
export type StepPlan =
  | {
      readonly kind: 'grok';
      readonly field: string;
      readonly grok: Grok;
      /** Its failure when no pattern matches. */
      readonly mismatch: string;
    }
  | {
      readonly kind: 'date';
      readonly field: string;
      readonly parsers: readonly DateParser[];
      readonly zone: Zone;
      readonly ignoreMissing: boolean;
    }
  | { readonly kind: 'remove'; readonly fields: readonly string[]; readonly ignoreMissing: boolean }
  | {
      readonly kind: 'convert';
      readonly field: string;
      readonly target: string;
      /** A text of so many decimal digits and nothing else becomes the number that it names; 0: that is not said. */
      readonly mostDigits: number;
      /** Undefined: it cannot be converted. */
      readonly change: (value: unknown) => unknown;
      readonly ignoreMissing: boolean;
    }
  | {
      readonly kind: 'text';
      readonly field: string;
      readonly target: string;
      readonly change: (text: string) => unknown;
      /** It gives numbers, not texts. */
      readonly makesNumbers: boolean;
      readonly ignoreMissing: boolean;
    }
  | { readonly kind: 'set'; readonly field: string; readonly value: string | number; readonly override: boolean }
  | { readonly kind: 'copy'; readonly field: string; readonly from: string; readonly override: boolean }
  | { readonly kind: 'rename'; readonly field: string; readonly target: string; readonly ignoreMissing: boolean }
  | { readonly kind: 'pipeline'; readonly name: string }
  /** Lines that are JSON or pairs become fields, see `applyDefault`. */
  | { readonly kind: 'automatic' };

/** A condition that is one expression without parameters, as it is written; `unknown`: it can only be run. */
export type ConditionPlan = Expression | 'unknown' | undefined;
