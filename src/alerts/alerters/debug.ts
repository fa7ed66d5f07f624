import { logger } from '../../core/log.ts';
import type { AlerterKind } from './alerter.ts';

const log = logger('alerts');

/** `debug`: writes the alert to Longshore's own log. */
export const debug: AlerterKind = {
  type: 'debug',
  options: {},
  check: () => [],
  create: ({ texts }) => ({
    type: 'debug',
    missing: undefined,
    render: alert => [{ target: 0, body: `${texts.title(alert.matches)}\n${texts.body(alert.matches)}` }],
    queue: () => 'debug',
    send(notification) {
      log.info({ text: notification.body }, 'debug alert');
      return Promise.resolve({ ok: true });
    },
  }),
};
