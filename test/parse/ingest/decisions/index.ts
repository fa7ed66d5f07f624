import { CONDITIONS } from './conditions.ts';
import { DATES } from './dates.ts';
import { DOCUMENTS } from './documents.ts';
import { GROK } from './grok.ts';
import type { CaseKind, ValueKind } from './kind.ts';
import { LOADING } from './loading.ts';
import { PROCESSORS } from './processors.ts';
import { VALUES } from './values.ts';

/** What Longshore does otherwise than the engine, knowingly. known-differences.json says why, kind by kind. */
export const VALUE_KINDS: readonly ValueKind[] = VALUES;
export const CASE_KINDS: readonly CaseKind[] = [
  ...[...LOADING, ...DOCUMENTS, ...PROCESSORS, ...CONDITIONS],
  ...[...DATES, ...GROK],
];
