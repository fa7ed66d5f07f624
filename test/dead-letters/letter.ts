import type { NewDeadLetter } from '../../src/core/contracts.ts';

export const NOW = Date.UTC(2026, 10, 20, 12);

/** Of the event `name` of a container. */
export const letter = (
  name: string,
  { container = 'web', ...more }: Partial<NewDeadLetter> & { container?: string } = {},
): NewDeadLetter => ({
  kind: 'event',
  event: name,
  chunk: 'chunk',
  day: '2026.11.20',
  type: 'mapper',
  reason: 'it did not fit',
  source: 'elasticsearch',
  index: 'docker-logs-2026.11.20',
  at: NOW,
  form: 'embedded',
  events: 1,
  document: Buffer.from(JSON.stringify({ _id: name, message: `m ${name}`, container_name: container })),
  ...more,
});
