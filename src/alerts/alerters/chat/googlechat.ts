import type { Fields } from '../../../core/event.ts';
import { HTML_TEXT, UNESCAPABLE } from '../../text/channels.ts';
import { addressesOf, checkAddresses } from '../address.ts';
import type { Alert, AlerterKind, AlerterSettings } from '../alerter.ts';
import { HttpAlerter } from '../http-alerter.ts';
import { croppedBytes, textOf, told } from '../told.ts';
import { checkWay, wayOptions } from '../way.ts';

/** Of a message with what stands around its text. */
const MAX_BYTES = 31_000;

/** Google Chat's webhooks: a text or a card. */
export const googlechat: AlerterKind = {
  type: 'googlechat',
  options: {
    googlechat_webhook_url: 'text_or_texts',
    googlechat_format: ['basic', 'card'],
    googlechat_header_title: 'text',
    googlechat_header_subtitle: 'text',
    googlechat_header_image: 'text',
    googlechat_footer_kibanalink: 'text',
    ...wayOptions('googlechat'),
  },
  check: (options, folder) => [
    ...checkAddresses('googlechat_webhook_url', options['googlechat_webhook_url']),
    ...checkWay('googlechat', options, folder),
  ],
  create: settings => {
    const addresses = addressesOf(settings.options['googlechat_webhook_url']);
    return new HttpAlerter({
      type: 'googlechat',
      settings,
      prefix: 'googlechat',
      addresses,
      missing: addresses.length === 0 ? 'googlechat_webhook_url' : undefined,
      render: alert => {
        const body = JSON.stringify(googlechatPayload(alert, settings));
        return addresses.map((_, target) => ({ target, body }));
      },
    });
  },
};

function googlechatPayload(alert: Alert, settings: AlerterSettings): Record<string, unknown> {
  const { options } = settings;
  const isCard = options['googlechat_format'] === 'card';
  const style = { tableWidth: 80, fenced: false, marks: isCard ? HTML_TEXT : UNESCAPABLE };
  const { title, body } = told(alert, settings, style);
  // The text alone does not say what is over.
  const text = croppedBytes(alert.resolved === undefined ? body : `${title}\n${body}`, MAX_BYTES, '\n[cut]');
  return isCard ? { cards: [cardOf(options, text)] } : { text };
}

function cardOf(options: Fields, text: string): Record<string, unknown> {
  const title = textOf(options, 'googlechat_header_title');
  const link = textOf(options, 'googlechat_footer_kibanalink');
  const button = { textButton: { text: 'VISIT KIBANA', onClick: { openLink: { url: link } } } };
  return {
    sections: [
      { widgets: [{ textParagraph: { text } }] },
      ...(link === undefined ? [] : [{ widgets: [{ buttons: [button] }] }]),
    ],
    ...(title === undefined
      ? {}
      : {
          header: {
            title,
            subtitle: options['googlechat_header_subtitle'] ?? null,
            imageUrl: options['googlechat_header_image'] ?? null,
          },
        }),
  };
}
