import { LongshoreError } from '../core/errors.ts';
import { parseQuery } from '../store/query/parse.ts';
import { incidentsOf } from './dora.ts';
import type { DoraOptions } from './options.ts';

/** Each throws a LongshoreError with the setting that cannot be read. */
export function doraChecks(options: DoraOptions): (() => void)[] {
  const queries = (['deployments', 'failed', 'rollbacks'] as const).map(name => ({
    where: `dora.${name}`,
    read: () => void parseQuery(options[name]),
  }));
  return [...queries, { where: 'dora.incidents', read: () => void incidentsOf(options) }].map(one => () => {
    try {
      one.read();
    } catch (error) {
      if (!(error instanceof LongshoreError)) throw error;
      throw new LongshoreError(error.code, error.what, { where: one.where, fix: error.fix, cause: error });
    }
  });
}
