import { credentialsOf } from '../../base/aws/credentials.ts';
import { type AwsCredentials, signedHeaders } from '../../base/aws/sigv4.ts';
import { FORM, hostOf } from '../alerters/aws/query.ts';
import { Refused } from '../alerters/refused.ts';
import { keyOf } from './group.ts';
import type { Around, MakeIntegration, Message } from './integration.ts';
import { type Options, optionsOf, textOf } from './options.ts';
import { result } from './sending.ts';
import { MessageTexts } from './texts.ts';

const MAX_BYTES = 256 * 1024;
const MAX_SMS_BYTES = 1600;
/** SNS refuses longer ones, and those with line ends. */
const MAX_SUBJECT_CHARS = 100;
/** Before the end of what a role was given. */
const MARGIN_MS = 60_000;

/** `sns_configs`: to a topic, an endpoint or a telephone. */
export const sns: MakeIntegration = ({ options }, around) => {
  const roles = new Roles(options, around);
  return {
    send: (message, signal) =>
      result(async () => {
        const texts = new MessageTexts(around.templates, message);
        const { region, address } = placeOf(options, texts);
        const credentials = await roles.credentials(region, message.idempotencyKey, signal);
        const now = around.now ?? Date.now;
        return around.http.send(
          {
            address,
            body: formOf(options, texts, message).toString(),
            headers: FORM,
            secrets: [credentials.secretKey],
            sign: (url, body) =>
              signedHeaders({ method: 'POST', url, headers: FORM, body }, credentials, {
                region,
                service: 'sns',
                now: now(),
              }),
          },
          message.idempotencyKey,
          signal,
        );
      }),
  };
};

function placeOf(options: Options, texts: MessageTexts): { region: string; address: string } {
  const written = textOf(optionsOf(options['sigv4']), 'region');
  // `arn:aws:sns:eu-west-1:123456789012:name`
  const ofArn = ['topic_arn', 'target_arn']
    .map(name => textOf(options, name).split(':')[3] ?? '')
    .find(one => one !== '');
  const region = written || process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'] || ofArn;
  if (region === undefined || region.includes('{'))
    throw new Refused({
      ok: false,
      scope: 'message',
      isFinal: true,
      reason: 'no region is set: write sigv4.region, or AWS_REGION in the environment',
    });
  const address = texts.value('api_url', textOf(options, 'api_url'));
  return { region, address: address === '' ? `https://${hostOf('sns', region)}/` : address };
}

function formOf(options: Options, texts: MessageTexts, message: Message): URLSearchParams {
  const value = (name: string): string => texts.value(name, textOf(options, name));
  const form = new URLSearchParams({ Action: 'Publish', Version: '2010-03-31' });
  const topic = value('topic_arn');
  const phone = value('phone_number');
  const add = (name: string, text: string): void => {
    if (text !== '') form.set(name, text);
  };
  add('TopicArn', topic);
  if (topic.endsWith('.fifo'))
    for (const name of ['MessageDeduplicationId', 'MessageGroupId'])
      add(name, name === 'MessageGroupId' ? keyOf(message) : message.idempotencyKey.slice(0, 128));
  add('PhoneNumber', phone);
  add('TargetArn', value('target_arn'));
  const text = texts.prose('message', textOf(options, 'message', '{{ template "sns.default.message" . }}'));
  const most = phone === '' ? MAX_BYTES : MAX_SMS_BYTES;
  const isCut = Buffer.byteLength(text) > most;
  form.set(
    'Message',
    isCut
      ? Buffer.from(text)
          .subarray(0, most)
          .toString('utf8')
          .replace(/\ufffd+$/, '')
      : text,
  );
  const subject = texts.title('subject', textOf(options, 'subject', '{{ template "sns.default.subject" . }}'));
  add('Subject', [...subject.replace(/[\x00-\x1f\x7f]+/g, ' ')].slice(0, MAX_SUBJECT_CHARS).join(''));
  const attributes = Object.entries(optionsOf(options['attributes'])).map(([name, text]) => [
    texts.value('attributes', name),
    texts.value('attributes', String(text)),
  ]);
  if (isCut) attributes.push(['truncated', 'true']);
  for (const [i, [name, text]] of attributes.entries()) {
    const entry = `MessageAttributes.entry.${i + 1}`;
    form.set(`${entry}.Name`, name!);
    form.set(`${entry}.Value.DataType`, 'String');
    form.set(`${entry}.Value.StringValue`, text!);
  }
  return form;
}

/** Who signs: the keys, or what `role_arn` gives them for an hour. */
class Roles {
  readonly #options: Options;
  readonly #around: Around;
  #assumed: { readonly credentials: AwsCredentials; readonly goodUntil: number } | undefined;

  constructor(options: Options, around: Around) {
    this.#options = optionsOf(options['sigv4']);
    this.#around = around;
  }

  async credentials(region: string, key: string, signal: AbortSignal): Promise<AwsCredentials> {
    const text = (name: string): string => textOf(this.#options, name);
    const now = (this.#around.now ?? Date.now)();
    if (this.#assumed !== undefined && this.#assumed.goodUntil > now) return this.#assumed.credentials;
    const own = await credentialsOf({
      accessKey: text('access_key'),
      secretKey: text('secret_key'),
      profile: text('profile'),
    });
    const role = text('role_arn');
    if (role === '') return own;
    const form = new URLSearchParams({
      ...{ Action: 'AssumeRole', Version: '2011-06-15', RoleArn: role, RoleSessionName: 'longshore' },
      ...(text('external_id') === '' ? {} : { ExternalId: text('external_id') }),
    });
    const answer = await this.#around.http.ask(
      {
        address: `https://${hostOf('sts', region)}/`,
        body: form.toString(),
        headers: FORM,
        secrets: [own.secretKey],
        sign: (url, body) =>
          signedHeaders({ method: 'POST', url, headers: FORM, body }, own, { region, service: 'sts', now }),
      },
      key,
      signal,
    );
    return this.#keep(answer);
  }

  #keep(answer: string): AwsCredentials {
    const [accessKey, secretKey, sessionToken, end] = [
      'AccessKeyId',
      'SecretAccessKey',
      'SessionToken',
      'Expiration',
    ].map(name => new RegExp(`<${name}>([^<]*)</${name}>`).exec(answer)?.[1]);
    if (accessKey === undefined || secretKey === undefined || sessionToken === undefined)
      throw new Refused({ ok: false, scope: 'place', reason: 'the answer to AssumeRole has no credentials' });
    const credentials = { accessKey, secretKey, sessionToken };
    this.#assumed = { credentials, goodUntil: Date.parse(end ?? '') - MARGIN_MS };
    return credentials;
  }
}
