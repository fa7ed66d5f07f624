import type { RuleKind } from './kind.ts';

/** `any`: every event is a match; `realert` does the work. */
export const any: RuleKind = {
  type: 'any',
  required: [],
  options: {},
  fillMs: () => 0,
  open: () => ({
    add: seen => ({ time: seen.time, key: seen.key, id: seen.id, event: seen.event }),
    tick: () => [],
    quietUntil: Number.POSITIVE_INFINITY,
    isIdle: true,
    blind() {},
    setBack() {},
    save: () => [],
    restore() {},
    keys: 0,
    forgotten: 0,
    isChanged: false,
  }),
  sentence: () => '',
};
