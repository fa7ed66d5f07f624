import { pythonFormat } from './format.ts';
import { PercentError, percentFormat } from './percent.ts';
import { pythonStr } from './str.ts';

/** A number as a format of either kind wants it: `{:.2f}` or `%.2f`. As it is, where the format does not suit it. */
export function formatNumber(format: string, value: unknown): string {
  if (format.startsWith('{')) return pythonFormat(format, { positional: [value] });
  try {
    return percentFormat(format, value);
  } catch (error) {
    if (error instanceof PercentError) return pythonStr(value);
    throw error;
  }
}
