export const LEVELS = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG'];

export function levelClass(level) {
  return LEVELS.includes(level) ? level : 'other';
}
