import { withDefaults } from '../../../src/base/options.ts';
import { type RedisBufferOptions, redisBufferSchema } from '../../../src/buffer/redis/options.ts';

/** The shipped defaults, with times short enough for tests. */
export function redisOptions(url: string, overrides: Partial<RedisBufferOptions> = {}): RedisBufferOptions {
  return {
    ...withDefaults(redisBufferSchema, { url }),
    command_timeout_ms: 1000,
    lock_duration_ms: 1500,
    sweep_interval_ms: 500,
    retry_hold_ms: 300,
    retry_max_delay_ms: 100,
    ...overrides,
  };
}
