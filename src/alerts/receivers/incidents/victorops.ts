import { isFiring, keyOf } from '../group.ts';
import type { MakeIntegration } from '../integration.ts';
import { cut, optionsOf, textOf } from '../options.ts';
import { secretOf } from '../secret.ts';
import { oneRequest } from '../sending.ts';

const TYPES = ['INFO', 'WARNING', 'CRITICAL'];

/** `victorops_configs` */
export const victorops: MakeIntegration = ({ options }, around) =>
  oneRequest(around, async (texts, message) => {
    const value = (name: string, fallback = ''): string => texts.value(name, textOf(options, name, fallback));
    const key = await secretOf(options, 'api_key', around);
    const type = value('message_type', 'CRITICAL');
    const custom = Object.entries(optionsOf(options['custom_fields'])).map(([name, text]) => [
      name,
      texts.prose(`custom_fields.${name}`, String(text)),
    ]);
    const path = `${encodeURIComponent(key)}/${encodeURIComponent(value('routing_key'))}`;
    return {
      address: textOf(options, 'api_url', '').replace(/\/*$/, `/${path}`),
      body: {
        message_type: !isFiring(message) ? 'RECOVERY' : TYPES.includes(type) ? type : 'CRITICAL',
        entity_id: keyOf(message),
        entity_display_name: texts.title(
          'entity_display_name',
          textOf(options, 'entity_display_name', '{{ template "victorops.default.entity_display_name" . }}'),
        ),
        state_message: cut(
          texts.prose(
            'state_message',
            textOf(options, 'state_message', '{{ template "victorops.default.state_message" . }}'),
          ),
          20_480,
        ),
        monitoring_tool: value('monitoring_tool', '{{ template "victorops.default.monitoring_tool" . }}'),
        ...Object.fromEntries(custom),
      },
      secrets: [key],
    };
  });
