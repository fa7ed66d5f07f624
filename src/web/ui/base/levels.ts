/** The levels of the schema, the worst first. */
export const LEVELS = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG'] as const;

/** The class that gives an element the colour of its level (`colors.css`). */
export function levelClass(level: unknown): string {
  return (LEVELS as readonly unknown[]).includes(level) ? String(level) : 'other';
}
