import { basicAuth } from '../../../base/net/basic-auth.ts';
import { pythonStr } from '../../python/str.ts';
import { UNESCAPABLE } from '../../text/channels.ts';
import { addressesOf, headersOf, mergedHeaders } from '../address.ts';
import { JSON_CONTENT } from '../http-alerter.ts';
import { JSON_HEADERS } from '../post.ts';
import { cropped, croppedBytes, told } from '../told.ts';
import { FORM_CONTENT, form, PLAIN, serviceKind, text } from './service.ts';

// Services that take a text: SMS and messengers.

const NO_MARKUP = { tableWidth: 80, fenced: false, marks: UNESCAPABLE };
/** An SMS of many parts costs as many. */
const MAX_SMS_CHARS = 1600;

/** Chatwork knows `[toall]`, `[info]` and the like: what begins one is broken up. */
export const chatwork = serviceKind({
  type: 'chatwork',
  prefix: 'chatwork',
  options: { chatwork_apikey: 'text', chatwork_room_id: 'any' },
  needs: ['chatwork_apikey', 'chatwork_room_id'],
  to: settings => ({
    url: `https://api.chatwork.com/v2/rooms/${encodeURIComponent(pythonStr(settings.options['chatwork_room_id']))}/messages`,
    headers: { Accept: 'application/json', ...FORM_CONTENT, 'X-ChatWorkToken': text(settings, 'chatwork_apikey') },
  }),
  bodies: (alert, settings) => {
    const { title, body } = told(alert, settings, NO_MARKUP);
    const full = alert.resolved === undefined ? body : `${title}\n${body}`;
    const note = '\n *message was cropped according to chatwork embed description limits!*';
    return [form({ self_unread: '0', body: cropped(full, 2047, 1950, note) })];
  },
});

export const line = serviceKind({
  type: 'line',
  prefix: 'line',
  options: { line_channel_access_token: 'text', line_to: 'text' },
  needs: ['line_channel_access_token', 'line_to'],
  to: settings => ({
    url: 'https://api.line.me/v2/bot/message/push',
    headers: { ...JSON_CONTENT, Authorization: `Bearer ${text(settings, 'line_channel_access_token')}` },
  }),
  bodies: (alert, settings) => {
    const { title, body } = told(alert, settings, PLAIN);
    const full = alert.resolved === undefined ? body : `${title}\n${body}`;
    const message = cropped(full, 4800, 4700, '\n\n(message cropped due to LINE limit)');
    return [JSON.stringify({ to: text(settings, 'line_to'), messages: [{ type: 'text', text: message }] })];
  },
});

export const gitter = serviceKind({
  type: 'gitter',
  prefix: 'gitter',
  options: { gitter_webhook_url: 'text', gitter_msg_level: ['info', 'error'] },
  needs: ['gitter_webhook_url'],
  addresses: ['gitter_webhook_url'],
  to: settings => addressOf(text(settings, 'gitter_webhook_url')),
  bodies: (alert, settings) => {
    const { title, body } = told(alert, settings, NO_MARKUP);
    const message = croppedBytes(alert.resolved === undefined ? body : `${title}\n${body}`, 16_000, '\n[cut]');
    const level = alert.resolved === undefined ? (settings.options['gitter_msg_level'] ?? 'error') : 'info';
    return [JSON.stringify({ message, level })];
  },
});

export const yzj = serviceKind({
  type: 'yzj',
  prefix: 'yzj',
  options: { yzj_token: 'text', yzj_type: 'any', yzj_custom_loc: 'text' },
  needs: ['yzj_token'],
  check: options => {
    const host = options['yzj_custom_loc'];
    if (typeof host !== 'string' || host === '' || /^[\w.-]+(?::\d{1,5})?$/.test(host)) return [];
    return [{ option: 'yzj_custom_loc', what: 'is no host', fix: 'Write it as host or host:port.' }];
  },
  to: settings => {
    const token = text(settings, 'yzj_token');
    const query = new URLSearchParams({ yzjtype: pythonStr(settings.options['yzj_type'] ?? 0), yzjtoken: token });
    const host = text(settings, 'yzj_custom_loc') || 'www.yunzhijia.com';
    return { url: `https://${host}/gateway/robot/webhook/send?${query}`, headers: JSON_HEADERS, secrets: [token] };
  },
  bodies: (alert, settings) => {
    const { title, body } = told(alert, settings, NO_MARKUP);
    const content = croppedBytes(alert.resolved === undefined ? body : `${title}\n${body}`, 16_000, '\n[cut]');
    return [JSON.stringify({ content })];
  },
});

export const twilio = serviceKind({
  type: 'twilio',
  prefix: 'twilio',
  options: {
    ...{ twilio_account_sid: 'text', twilio_auth_token: 'text', twilio_to_number: 'text', twilio_from_number: 'text' },
    ...{ twilio_message_service_sid: 'text', twilio_use_copilot: 'boolean' },
  },
  needs: ['twilio_account_sid', 'twilio_auth_token', 'twilio_to_number'],
  check: options => {
    const needed = options['twilio_use_copilot'] === true ? 'twilio_message_service_sid' : 'twilio_from_number';
    if (options[needed] !== undefined) return [];
    return [{ option: 'twilio_to_number', what: `wants ${needed} beside it`, fix: `Add ${needed}.` }];
  },
  to: settings => {
    const sid = text(settings, 'twilio_account_sid');
    return {
      url: `https://api.twilio.com/2010-04-01/Accounts/${encodeURIComponent(sid)}/Messages.json`,
      headers: {
        ...FORM_CONTENT,
        Accept: 'application/json',
        Authorization: basicAuth(`${sid}:${text(settings, 'twilio_auth_token')}`),
      },
    };
  },
  bodies: ({ rule, resolved }, settings) => {
    const name = pythonStr(settings.options['name'] ?? rule);
    const sender: Record<string, string> =
      settings.options['twilio_use_copilot'] === true
        ? { MessagingServiceSid: text(settings, 'twilio_message_service_sid') }
        : { From: text(settings, 'twilio_from_number') };
    const body = (resolved === undefined ? name : `Resolved: ${name}`).slice(0, MAX_SMS_CHARS);
    return [form({ Body: body, ...sender, To: text(settings, 'twilio_to_number') })];
  },
});

export const exotel = serviceKind({
  type: 'exotel',
  prefix: 'exotel',
  options: {
    ...{ exotel_account_sid: 'text', exotel_auth_token: 'text', exotel_to_number: 'text', exotel_from_number: 'text' },
    exotel_message_body: 'text',
  },
  needs: ['exotel_account_sid', 'exotel_auth_token', 'exotel_to_number', 'exotel_from_number'],
  to: settings => {
    const sid = text(settings, 'exotel_account_sid');
    return {
      url: `https://twilix.exotel.in/v1/Accounts/${encodeURIComponent(sid)}/Sms/send.json`,
      headers: { ...FORM_CONTENT, Authorization: basicAuth(`${sid}:${text(settings, 'exotel_auth_token')}`) },
    };
  },
  bodies: ({ rule, resolved }, settings) => {
    const name = pythonStr(settings.options['name'] ?? rule) + text(settings, 'exotel_message_body');
    return [
      form({
        From: text(settings, 'exotel_from_number'),
        To: text(settings, 'exotel_to_number'),
        Body: (resolved === undefined ? name : `Resolved: ${name}`).slice(0, MAX_SMS_CHARS),
        EncodingType: 'plain',
        Priority: 'normal',
      }),
    ];
  },
});

const CALLS: Readonly<Record<string, string>> = {
  ring: '/api/v2/calls/ring',
  tts: '/api/v2/calls/tts',
  tts_adv: '/api/v2/calls/tts_advanced',
};

export const smseagle = serviceKind({
  type: 'smseagle',
  prefix: 'smseagle',
  options: {
    ...{ smseagle_url: 'text', smseagle_token: 'text', smseagle_message_type: ['sms', 'ring', 'tts', 'tts_adv'] },
    ...{ smseagle_to: 'list', smseagle_contacts: 'list', smseagle_groups: 'list' },
    ...{ smseagle_duration: 'integer', smseagle_voice_id: 'integer', smseagle_text: 'text' },
  },
  needs: ['smseagle_url', 'smseagle_token', 'smseagle_message_type'],
  addresses: ['smseagle_url'],
  check: options => {
    if (['to', 'contacts', 'groups'].some(name => options[`smseagle_${name}`] !== undefined)) return [];
    const what = 'has nobody to send to: smseagle_to, smseagle_contacts and smseagle_groups are not set';
    return [{ option: 'smseagle_token', what, fix: 'Add one of them.' }];
  },
  to: settings => {
    const { url, headers } = addressOf(text(settings, 'smseagle_url'));
    const path = CALLS[text(settings, 'smseagle_message_type')] ?? '/api/v2/messages/sms';
    return { url: url + path, headers: mergedHeaders(headers, { 'Access-Token': text(settings, 'smseagle_token') }) };
  },
  bodies: (alert, settings) => {
    const { options } = settings;
    const kind = text(settings, 'smseagle_message_type');
    const { title, body } = told(alert, settings, PLAIN);
    const full = alert.resolved === undefined ? text(settings, 'smseagle_text') || body : `${title}\n${body}`;
    const receivers = ['to', 'contacts', 'groups'].flatMap(name => {
      const list = options[`smseagle_${name}`];
      return Array.isArray(list) && list.length > 0 ? [[name, list]] : [];
    });
    return [
      JSON.stringify({
        text: cropped(full, MAX_SMS_CHARS, MAX_SMS_CHARS, '...'),
        ...Object.fromEntries(receivers),
        ...(kind in CALLS ? { duration: options['smseagle_duration'] ?? 10 } : {}),
        ...(kind === 'tts_adv' ? { voice_id: options['smseagle_voice_id'] ?? 1 } : {}),
      }),
    ];
  },
});

/** A fixed address with user and password as a header, and headers of an option. */
export function addressOf(written: string, more?: unknown): { url: string; headers: Record<string, string> } {
  const [address = { url: written, headers: {} }] = addressesOf(written);
  return { url: address.url, headers: mergedHeaders(JSON_CONTENT, address.headers, headersOf(more)) };
}
