import { MARKDOWN } from '../../text/channels.ts';
import { addressesOf, checkAddresses } from '../address.ts';
import type { AlerterKind } from '../alerter.ts';
import { HttpAlerter } from '../http-alerter.ts';
import { croppedBytes, renamed, told } from '../told.ts';
import { checkWay, wayOptions } from '../way.ts';

const STYLE = { tableWidth: 75, fenced: true, marks: MARKDOWN };
const MAX_BYTES = 50_000;

/** Matrix, by the webhooks of Hookshot. */
export const matrixhookshot: AlerterKind = {
  type: 'matrixhookshot',
  options: {
    matrixhookshot_webhook_url: 'text_or_texts',
    matrixhookshot_username: 'text',
    matrixhookshot_text: 'text',
    matrixhookshot_html: 'text',
    ...wayOptions('matrixhookshot'),
  },
  check: (options, folder) => [
    ...checkAddresses('matrixhookshot_webhook_url', options['matrixhookshot_webhook_url']),
    ...checkWay('matrixhookshot', options, folder),
  ],
  create: settings => {
    const { options } = settings;
    const addresses = addressesOf(options['matrixhookshot_webhook_url']);
    return new HttpAlerter({
      type: 'matrixhookshot',
      settings,
      prefix: 'matrixhookshot',
      addresses,
      missing: addresses.length === 0 ? 'matrixhookshot_webhook_url' : undefined,
      render: alert => {
        const { title, body } = told(alert, settings, STYLE);
        const own = renamed(options, {
          matrixhookshot_username: 'username',
          matrixhookshot_html: 'html',
          matrixhookshot_text: 'text',
        });
        const isOver = alert.resolved !== undefined;
        const text = croppedBytes(isOver ? `${title}\n${body}` : body, MAX_BYTES, '\n[cut]');
        const payload = JSON.stringify(isOver ? { ...renamed(own, { username: 'username' }), text } : { text, ...own });
        return addresses.map((_, target) => ({ target, body: payload }));
      },
    });
  },
};
