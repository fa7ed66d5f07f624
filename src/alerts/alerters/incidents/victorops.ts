import { newFields } from '../../../core/event.ts';
import type { AlerterKind } from '../alerter.ts';
import { HttpAlerter } from '../http-alerter.ts';
import { firstOf, textOf, told } from '../told.ts';
import { checkWay, wayOptions } from '../way.ts';

const BASE = 'https://alert.victorops.com/integrations/generic/20131114/alert';
const PLAIN = { tableWidth: 80, fenced: false, marks: undefined };
const REQUIRED = ['victorops_api_key', 'victorops_routing_key', 'victorops_message_type'];

/** VictorOps (Splunk On-Call): one incident an instance, which recovers when the alert is over. */
export const victorops: AlerterKind = {
  type: 'victorops',
  options: {
    victorops_api_key: 'text',
    victorops_routing_key: 'text',
    victorops_message_type: ['INFO', 'WARNING', 'ACKNOWLEDGEMENT', 'CRITICAL', 'RECOVERY'],
    victorops_entity_id: 'text',
    victorops_entity_display_name: 'text',
    ...wayOptions('victorops'),
  },
  check: (options, folder) => checkWay('victorops', options, folder),
  create: settings => {
    const { options } = settings;
    const key = textOf(options, 'victorops_api_key') ?? '';
    const route = textOf(options, 'victorops_routing_key') ?? '';
    return new HttpAlerter({
      type: 'victorops',
      settings,
      prefix: 'victorops',
      addresses: [{ url: `${BASE}/${encodeURIComponent(key)}/${encodeURIComponent(route)}`, headers: {} }],
      missing: REQUIRED.find(name => textOf(options, name) === undefined),
      secrets: [key],
      render: alert => {
        const { title, body } = told(alert, settings, PLAIN);
        const entity = textOf(options, 'victorops_entity_id') ?? alert.instance;
        const payload = Object.assign(
          newFields(),
          {
            message_type: options['victorops_message_type'],
            entity_display_name: options['victorops_entity_display_name'] ?? title,
            monitoring_tool: 'ElastAlert',
            state_message: body,
          },
          firstOf(alert),
          entity === undefined ? {} : { entity_id: entity },
          alert.resolved === undefined ? {} : { message_type: 'RECOVERY' },
        );
        return [{ target: 0, body: JSON.stringify(payload) }];
      },
    });
  },
};
