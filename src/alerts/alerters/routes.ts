import type { AlerterKind } from './alerter.ts';

/** `routes`: the rule's alerts go through the routes of alertmanager.yml, which decide who is told, when, and how. */
export const routes: AlerterKind = {
  type: 'routes',
  options: {},
  check: () => [],
  create: () => ({
    type: 'routes',
    missing: undefined,
    // Not by messages: see `manager/rule-feed.ts`.
    render: () => [],
    queue: () => 'routes',
    send: () => Promise.resolve({ ok: true }),
  }),
};
