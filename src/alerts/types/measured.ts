import type { RuleWindowView } from '../../core/api/alerts.ts';

/** A number that is compared with bounds. */
export type Measured = Pick<RuleWindowView, 'metric' | 'at_least' | 'above' | 'below'>;

export const numberOption = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** `uniq(user_id)`, as `GET /api/stats` reads it. */
export const metricText = (name: string, field: string): string =>
  `${name}(${/^[^\s",()]+$/.test(field) ? field : JSON.stringify(field)})`;
