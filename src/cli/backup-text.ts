import type { BackupAnswer } from '../core/api/operations.ts';

/** Days that are told one by one. */
const MAX_DAYS = 10;

/** What a backup holds, for whoever made it or restored it. */
export function backupText({ path, files, bytes, contents }: BackupAnswer): string {
  const { events, days } = contents;
  const said = days.slice(-MAX_DAYS).map(each => `${each.day} (${each.events})`);
  if (days.length > MAX_DAYS) said.unshift(`${days[0]!.day} ... (${days.length - MAX_DAYS} days more)`);
  const what = `${events} ${events === 1 ? 'event' : 'events'}${events > 0 ? `: ${said.join(', ')}` : ''}`;
  return `${what}\n${path}: ${files} files, ${(bytes / 1e6).toFixed(1)} MB\n`;
}
