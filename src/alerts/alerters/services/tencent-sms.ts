import { createHash, createHmac } from 'node:crypto';
import { type Fields, isFields } from '../../../core/event.ts';
import { pythonStr } from '../../python/str.ts';
import type { AlerterKind, AlerterSettings, Notification, SendContext, SendResult } from '../alerter.ts';
import { post, queueName, timeoutMs } from '../http.ts';
import { firstOf, textOf, textsOf } from '../told.ts';
import { checkWay, RequestWay, wayOptions } from '../way.ts';

const HOST = 'sms.tencentcloudapi.com';
const NEEDS = ['secret_id', 'secret_key', 'sdk_appid', 'to_number', 'template_id'].map(name => `tencent_sms_${name}`);

/** SMS of Tencent's cloud: a template that was approved there, filled with fields of the event. */
export const tencentSms: AlerterKind = {
  type: 'tencent_sms',
  options: {
    ...{ tencent_sms_secret_id: 'text', tencent_sms_secret_key: 'text', tencent_sms_sdk_appid: 'text' },
    ...{ tencent_sms_to_number: 'texts', tencent_sms_region: 'text', tencent_sms_sign_name: 'text' },
    ...{ tencent_sms_template_id: 'text', tencent_sms_template_parm: 'texts' },
    ...wayOptions('tencent_sms'),
  },
  check: (options, folder) => [
    ...checkWay('tencent_sms', options, folder),
    ...textsOf(options['tencent_sms_template_parm']).flatMap(pointer =>
      pointer === '' || pointer.startsWith('/')
        ? []
        : [
            {
              option: 'tencent_sms_template_parm',
              what: `has ${JSON.stringify(pointer)}, which is no JSON pointer`,
              fix: 'Write fields as /name or /outer/inner.',
            },
          ],
    ),
  ],
  create: settings => {
    const { options } = settings;
    const way = new RequestWay('tencent_sms', options, settings.folder);
    return {
      type: 'tencent_sms',
      missing: NEEDS.find(name => options[name] === undefined || options[name] === ''),
      render: alert => [{ target: 0, body: JSON.stringify(request(firstOf(alert), settings)) }],
      queue: () => queueName('tencent_sms', { url: HOST, headers: { id: textOf(options, NEEDS[0]!) ?? '' } }),
      send: (notification, context) => send(notification, way.through(context), settings, way.secrets),
    };
  },
};

function request(match: Fields, { options }: AlerterSettings): Record<string, unknown> {
  return {
    SmsSdkAppId: options['tencent_sms_sdk_appid'],
    ...(options['tencent_sms_sign_name'] === undefined ? {} : { SignName: options['tencent_sms_sign_name'] }),
    ExtendCode: '',
    PhoneNumberSet: textsOf(options['tencent_sms_to_number']),
    TemplateId: options['tencent_sms_template_id'],
    TemplateParamSet: textsOf(options['tencent_sms_template_parm']).map(pointer => pointed(match, pointer)),
  };
}

/** A value by its JSON pointer; `` where there is none. */
function pointed(match: Fields, pointer: string): unknown {
  let value: unknown = match;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) value = value[Number(name)];
    else value = isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value ?? '';
}

function send(
  { body }: Notification,
  context: SendContext,
  { options }: AlerterSettings,
  secrets: readonly string[],
): Promise<SendResult> {
  const key = textOf(options, 'tencent_sms_secret_key') ?? '';
  return post(
    {
      address: { url: `https://${HOST}/`, headers: {} },
      headers: signed(body, { id: textOf(options, 'tencent_sms_secret_id') ?? '', key, now: Date.now() }, options),
      body,
      timeoutMs: timeoutMs(options['tencent_sms_timeout']),
      secrets: [...secrets, key],
      judge,
    },
    context,
  );
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Headers with the signature `TC3-HMAC-SHA256`. */
export function signed(
  body: string,
  { id, key, now }: { id: string; key: string; now: number },
  options: Fields,
): Record<string, string> {
  const seconds = String(Math.floor(now / 1000));
  const date = new Date(now).toISOString().slice(0, 10);
  const scope = `${date}/sms/tc3_request`;
  const canonical = `POST\n/\n\ncontent-type:application/json\nhost:${HOST}\n\ncontent-type;host\n${sha256(body)}`;
  const toSign = `TC3-HMAC-SHA256\n${seconds}\n${scope}\n${sha256(canonical)}`;
  const secret = hmac(hmac(hmac(`TC3${key}`, date), 'sms'), 'tc3_request');
  const signature = hmac(secret, toSign).toString('hex');
  return {
    'Content-Type': 'application/json',
    'X-TC-Action': 'SendSms',
    'X-TC-Version': '2021-01-11',
    'X-TC-Timestamp': seconds,
    'X-TC-Region': textOf(options, 'tencent_sms_region') ?? 'ap-guangzhou',
    'X-TC-Language': 'en-US',
    Authorization: `TC3-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=content-type;host, Signature=${signature}`,
  };
}

/** Refusals come with the status 200: of the request, or of single numbers. */
function judge(answer: string): SendResult {
  let told: unknown;
  try {
    told = JSON.parse(answer);
  } catch {
    return { ok: false, scope: 'place', reason: 'the answer is no JSON' };
  }
  const response = isFields(told) && isFields(told['Response']) ? told['Response'] : {};
  const { Error: error, SendStatusSet: all } = response as Record<string, unknown>;
  if (isFields(error)) {
    const code = pythonStr(error['Code']);
    const isLimit = /LimitExceeded|InternalError/.test(code);
    return { ok: false, scope: isLimit ? 'place' : 'message', isFinal: !isLimit, reason: `Tencent says ${code}` };
  }
  const refused = Array.isArray(all) ? all.filter(isFields).find(one => one['Code'] !== 'Ok') : undefined;
  if (refused === undefined) return { ok: true };
  return { ok: false, scope: 'message', isFinal: true, reason: `Tencent says ${pythonStr(refused['Code'])}` };
}
