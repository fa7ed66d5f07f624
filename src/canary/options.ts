import type { OptionsOf } from '../base/options.ts';

export const canarySchema = {
  type: 'object',
  additionalProperties: false,
  description:
    'A line that longshore sends itself (tag `longshore.canary`) and looks for in the store. `false` switches it off.',
  properties: {
    interval_seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 60,
      description: 'Seconds from one line to the next.',
    },
    timeout_seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 60,
      description: 'Seconds within which a line has to be found; later is an error in the log.',
    },
  },
} as const;

/** How often longshore sends itself a line, and how long it waits for it. */
export type CanaryOptions = OptionsOf<typeof canarySchema>;
