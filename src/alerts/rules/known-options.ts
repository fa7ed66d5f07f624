import { ALERTER_KINDS } from '../alerters/index.ts';
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

/** Of alerters that are no more any option is known by its first word. */
export const isKnownOption = (name: string): boolean =>
  KNOWN_OPTIONS.has(name) || /^(?:ms_teams|linenotify|hipchat|stride)_/.test(name);
