import { ALERTER_KINDS, ALERTERS_TO_COME } from '../alerters/index.ts';
import { RULE_KINDS } from '../types/index.ts';
import { COMMON_OPTIONS, IGNORED_OPTIONS, OPTIONS_TO_COME } from './options.ts';

/** Every name that means something in a rule of some type, with some alerter. */
export const KNOWN_OPTIONS: ReadonlySet<string> = new Set([
  ...Object.keys(COMMON_OPTIONS),
  ...Object.keys(IGNORED_OPTIONS),
  ...OPTIONS_TO_COME,
  ...RULE_KINDS.flatMap(kind => Object.keys(kind.options)),
  ...ALERTER_KINDS.flatMap(kind => Object.keys(kind.options)),
]);

/** Options of alerters that are not built yet are known by their first word. */
export const isKnownOption = (name: string): boolean =>
  KNOWN_OPTIONS.has(name) || ALERTERS_TO_COME.some(alerter => name.startsWith(`${alerter}_`));
