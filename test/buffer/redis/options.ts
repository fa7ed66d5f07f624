import { Ajv } from 'ajv';
import { type RedisBufferOptions, redisBufferSchema } from '../../../src/buffer/redis/options.ts';

const validate = new Ajv({ useDefaults: true, formats: { bytes: true }, allowUnionTypes: true }).compile(
  redisBufferSchema,
);

/** The shipped defaults, with times short enough for tests. */
export function redisOptions(url: string, overrides: Partial<RedisBufferOptions> = {}): RedisBufferOptions {
  const options = {
    type: 'redis',
    url,
    command_timeout_ms: 1000,
    lock_duration_ms: 1500,
    stalled_interval_ms: 500,
    sweep_interval_ms: 500,
    retry_hold_ms: 300,
    retry_max_delay_ms: 100,
    ...overrides,
  };
  if (!validate(options)) throw new Error(JSON.stringify(validate.errors));
  return options as unknown as RedisBufferOptions;
}
