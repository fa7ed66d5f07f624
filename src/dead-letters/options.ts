import { ANY, bytes, count, type OptionsOf } from '../base/options.ts';

export const deadLettersSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    max_bytes: bytes(
      1_000_000,
      ANY,
      1_000_000_000,
      'Most bytes of dead letters in `data_dir/dead-letters`. Beyond that the oldest go, whatever became of them.',
    ),
    max_letters: count(
      1000,
      ANY,
      1_000_000,
      'Most dead letters; each costs about 40 bytes of memory. Beyond that the oldest go.',
    ),
    max_age_days: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 90,
      description: 'Age, in days since they were refused, after which dead letters go.',
    },
  },
} as const;

export type DeadLettersOptions = OptionsOf<typeof deadLettersSchema>;
