import { messageOf } from '../../core/errors.ts';
import type { Problems } from './problems.ts';

/** A list of texts as it is compared with, after its `!file path` entries are read. */
export function readList(
  option: string,
  written: unknown,
  linesOf: (path: string) => string[],
  problems: Problems,
): ReadonlySet<string> {
  const list = new Set<string>();
  for (const [i, entry] of (Array.isArray(written) ? written : []).entries()) {
    const place = { option, path: [i] };
    if (typeof entry !== 'string') continue;
    if (!entry.startsWith('!file')) {
      list.add(entry);
      continue;
    }
    const path = entry.slice('!file'.length).trim();
    if (path === '') {
      problems.error('LS_ALERTS_OPTION', `${option} has a !file without a path.`, {
        ...place,
        fix: 'For example "!file /etc/longshore/bad-addresses.txt"',
      });
      continue;
    }
    try {
      for (const line of linesOf(path)) list.add(line);
    } catch (cause) {
      problems.error('LS_ALERTS_OPTION', `${option} names a file that cannot be read: ${messageOf(cause)}.`, {
        ...place,
        fix: 'The path is relative to the folder of the rule. Each line of the file is one entry.',
        cause,
      });
    }
  }
  return list;
}
