import { basicAuth } from '../../../base/net/basic-auth.ts';
import { isFields, newFields } from '../../../core/event.ts';
import { addressesOf, checkAddresses } from '../address.ts';
import type { AlerterKind } from '../alerter.ts';
import { HttpAlerter } from '../http-alerter.ts';
import { JSON_HEADERS } from '../post.ts';
import { textOf, told } from '../told.ts';
import { checkWay, wayOptions } from '../way.ts';

const PLAIN = { tableWidth: 80, fenced: false, marks: undefined };
const FIELDS = ['short_description', 'comments', 'assignment_group', 'category', 'subcategory', 'cmdb_ci', 'caller_id'];
const REQUIRED = ['servicenow_rest_url', 'username', 'password'];

/** Incidents in ServiceNow. */
export const servicenow: AlerterKind = {
  type: 'servicenow',
  options: {
    servicenow_rest_url: 'text',
    username: 'text',
    password: 'text',
    ...Object.fromEntries(FIELDS.filter(name => name !== 'category').map(name => [name, 'text' as const])),
    servicenow_impact: 'any',
    servicenow_urgency: 'any',
    service_now_additional_fields: 'mapping',
    ...wayOptions('servicenow'),
  },
  check: (options, folder) => [
    ...checkAddresses('servicenow_rest_url', options['servicenow_rest_url']),
    ...checkWay('servicenow', options, folder),
  ],
  create: settings => {
    const { options } = settings;
    const pair = `${textOf(options, 'username')}:${textOf(options, 'password')}`;
    return new HttpAlerter({
      type: 'servicenow',
      settings,
      prefix: 'servicenow',
      addresses: addressesOf(options['servicenow_rest_url']),
      missing: REQUIRED.find(name => textOf(options, name) === undefined),
      headers: { ...JSON_HEADERS, Authorization: basicAuth(pair) },
      render: alert => {
        const payload = newFields();
        payload['description'] = told(alert, settings, PLAIN).body;
        for (const name of FIELDS) payload[name] = options[name] ?? null;
        for (const name of ['impact', 'urgency'])
          if (options[`servicenow_${name}`] !== undefined) payload[name] = options[`servicenow_${name}`];
        const more = options['service_now_additional_fields'];
        if (isFields(more)) Object.assign(payload, more);
        return [{ target: 0, body: JSON.stringify(payload) }];
      },
    });
  },
};
