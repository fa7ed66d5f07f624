export const deadLettersSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    max_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 1_000_000,
      default: 1_000_000_000,
      description:
        'Most bytes of dead letters in `data_dir/dead-letters`. Beyond that the oldest go, whatever became of them.',
    },
    max_letters: {
      type: 'integer',
      minimum: 1000,
      default: 1_000_000,
      description: 'Most dead letters; each costs about 40 bytes of memory. Beyond that the oldest go.',
    },
    max_age_days: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 90,
      description: 'Age, in days since they were refused, after which dead letters go.',
    },
  },
} as const;

export interface DeadLettersOptions {
  max_bytes: number;
  max_letters: number;
  max_age_days: number;
}

export const DEAD_LETTERS_DEFAULTS: DeadLettersOptions = {
  max_bytes: 1_000_000_000,
  max_letters: 1_000_000,
  max_age_days: 90,
};
