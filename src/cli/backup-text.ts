import type { BackupMade } from '../app/data/backup.ts';

/** Days that are told one by one. */
const MAX_DAYS = 10;

/** What a backup holds, for whoever made it or restored it. */
export function backupText({ path, files, bytes, contents }: BackupMade): string {
  const { events, days, hasStore } = contents;
  const said = days.slice(-MAX_DAYS).map(each => `${each.day} (${each.events})`);
  if (days.length > MAX_DAYS) said.unshift(`${days[0]!.day} ... (${days.length - MAX_DAYS} days more)`);
  const where = events > 0 ? `: ${said.join(', ')}` : hasStore ? '' : ': this data_dir has no embedded store';
  const what = `${events} ${events === 1 ? 'event' : 'events'}${where}`;
  return `${what}\n${path}: ${files} files, ${(bytes / 1e6).toFixed(1)} MB\n`;
}

/** True when nothing is in it that anybody would want back, though there should be. */
export const isEmptyBackup = ({ contents }: BackupMade): boolean => contents.events === 0 && contents.hasStore;
