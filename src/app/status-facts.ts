import type { StatusFacts } from '../web/status.ts';
import type { Roles } from './roles.ts';
import type { Settings } from './settings.ts';
import { spoolOf } from './slices.ts';
import { version } from './version.ts';

/** What the settings say of the way of the data through this process. */
export function statusFacts(
  { inputs, buffer, store }: Settings,
  roles: Roles,
): Pick<StatusFacts, 'started_at' | 'version' | 'inputs' | 'spoolMaxBytes' | 'redisMaxBytes' | 'store'> {
  const isIntake = roles.has('ingest');
  const isOn = (options: unknown): boolean =>
    options !== false && options !== undefined && !(Array.isArray(options) && options.length === 0);
  const names = Object.entries(inputs)
    .filter(([, options]) => isOn(options))
    .map(([name]) => name);
  return {
    started_at: Math.round(performance.timeOrigin),
    version: version(),
    inputs: isIntake ? [...names, 'http'] : [],
    spoolMaxBytes: isIntake ? spoolOf({ buffer }).max_bytes : undefined,
    redisMaxBytes: buffer.type === 'redis' ? buffer.max_bytes : undefined,
    store: roles.has('index') || roles.has('web') ? store.type : undefined,
  };
}
