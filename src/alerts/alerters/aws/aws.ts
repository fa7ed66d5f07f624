import { lookup } from '../../lookup.ts';
import { pythonStr } from '../../python/str.ts';
import type { OptionTable } from '../../rules/options.ts';
import { checkAddresses, checkHost, type OptionMistake } from '../address.ts';
import type { Alert, AlerterKind, AlerterSettings } from '../alerter.ts';
import { checkRecipients } from '../email/recipients.ts';
import { croppedBytes, firstOf, textOf, textsOf, told } from '../told.ts';
import { checkWay, wayOptions } from '../way.ts';
import { AwsAlerter } from './aws-alerter.ts';
import { FORM, hostOf } from './query.ts';

const PLAIN = { tableWidth: 80, fenced: false, marks: undefined };
const MAX_SNS_BYTES = 256 * 1024;
const MAX_SES_BYTES = 5_000_000;
const MAX_SQS_TEXT_CHARS = 800_000;
/** Of a message of SQS, with all that is in it. */
const MAX_SQS_BYTES = 1_048_576;
const MAX_SUBJECT_CHARS = 100;
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d+$/;

/** Keys, region and profile of a service. */
const awsOptions = (service: string): OptionTable => ({
  ...Object.fromEntries(
    ['access_key_id', 'secret_access_key', 'region', 'profile'].map(name => [
      `${service}_aws_${name}`,
      'text' as const,
    ]),
  ),
  ...wayOptions(service),
});

function checkRegion(option: string, value: unknown): OptionMistake[] {
  if (typeof value !== 'string' || value === '' || value.startsWith('$') || REGION.test(value)) return [];
  return [{ option, what: 'is no region of AWS', fix: 'Write it like eu-west-1.' }];
}

const check =
  (service: string, more?: AlerterKind['check']): AlerterKind['check'] =>
  (options, folder) => [
    ...checkRegion(`${service}_aws_region`, options[`${service}_aws_region`]),
    ...checkWay(service, options, folder),
    ...(more?.(options, folder) ?? []),
  ];

const regionOf = ({ options }: AlerterSettings, service: string): string =>
  textOf(options, `${service}_aws_region`) ?? 'us-east-1';

const missingOf = ({ options }: AlerterSettings, names: readonly string[]): string | undefined =>
  names.find(name => options[name] === undefined || options[name] === '');

/** ElastAlert's titles for what has no `alert_subject`. */
function titleOf(settings: AlerterSettings, title: string): string | undefined {
  const { options } = settings;
  return options['alert_subject'] === undefined || options['alert_subject'] === null ? title : undefined;
}

/** Messages to a topic of SNS. */
export const sns: AlerterKind = {
  type: 'sns',
  options: { sns_topic_arn: 'text', ...awsOptions('sns') },
  check: check('sns', options => {
    const arn = options['sns_topic_arn'];
    if (typeof arn !== 'string' || arn === '' || arn.startsWith('$') || /^arn:[\w-]+:sns:[^:]+:\d+:[\w.-]+$/.test(arn))
      return [];
    const fix = 'Write it like arn:aws:sns:eu-west-1:123456789012:name.';
    return [{ option: 'sns_topic_arn', what: 'is no ARN of a topic', fix }];
  }),
  create: settings => {
    const region = regionOf(settings, 'sns');
    return new AwsAlerter({
      ...{ settings, service: 'sns', region, headers: FORM, url: `https://${hostOf('sns', region)}/` },
      missing: missingOf(settings, ['sns_topic_arn']),
      bodies: alert => {
        const { title, body } = told(
          alert,
          settings,
          PLAIN,
          titleOf(settings, `ElastAlert: ${pythonStr(settings.options['name'] ?? alert.rule)}`),
        );
        return [
          new URLSearchParams({
            ...{ Action: 'Publish', Version: '2010-03-31', TopicArn: textOf(settings.options, 'sns_topic_arn') ?? '' },
            Message: croppedBytes(body, MAX_SNS_BYTES, '\n[cut]'),
            // SNS refuses longer ones, and those with line ends.
            Subject: [...title.replace(/[\x00-\x1f\x7f]+/g, ' ')].slice(0, MAX_SUBJECT_CHARS).join(''),
          }).toString(),
        ];
      },
    });
  },
};

/** Mail over SES. */
export const ses: AlerterKind = {
  type: 'ses',
  options: {
    ...{ ses_email: 'text_or_texts', ses_from_addr: 'text', ses_cc: 'text_or_texts', ses_bcc: 'text_or_texts' },
    ...{ ses_email_reply_to: 'text_or_texts', ses_email_from_field: 'text', ses_email_add_domain: 'text' },
    ...awsOptions('ses'),
  },
  check: check('ses', options => [
    ...['ses_email', 'ses_from_addr', 'ses_cc', 'ses_bcc', 'ses_email_reply_to'].flatMap(name =>
      checkRecipients(name, options[name], { mayHaveName: true }),
    ),
    ...checkHost('ses_email_add_domain', pythonStr(options['ses_email_add_domain'] ?? '').replace(/^@/, '')),
  ]),
  create: settings => {
    const region = regionOf(settings, 'ses');
    return new AwsAlerter({
      ...{ settings, service: 'ses', region, headers: FORM, url: `https://${hostOf('email', region)}/` },
      missing: missingOf(settings, ['ses_email', 'ses_from_addr']),
      bodies: alert => [sesForm(alert, settings).toString()],
    });
  },
};

function sesForm(alert: Alert, settings: AlerterSettings): URLSearchParams {
  const { options } = settings;
  const key = textOf(options, 'query_key');
  const value = key === undefined ? undefined : firstOf(alert)[key];
  const name = `ElastAlert 2: ${pythonStr(options['name'] ?? alert.rule)}`;
  const { title, body } = told(
    alert,
    settings,
    PLAIN,
    titleOf(settings, value ? `${name} - ${pythonStr(value)}` : name),
  );
  const form = new URLSearchParams({
    ...{ Action: 'SendEmail', Version: '2010-12-01', Source: textOf(options, 'ses_from_addr') ?? '' },
    ...{ 'Message.Subject.Data': title.replace(/[\r\n]+/g, ' '), 'Message.Subject.Charset': 'UTF-8' },
    ...{ 'Message.Body.Text.Data': croppedBytes(body, MAX_SES_BYTES, '\n[cut]'), 'Message.Body.Text.Charset': 'UTF-8' },
  });
  const lists = {
    'Destination.ToAddresses': recipients(alert, settings),
    'Destination.CcAddresses': textsOf(options['ses_cc']),
    'Destination.BccAddresses': textsOf(options['ses_bcc']),
    ReplyToAddresses: textsOf(options['ses_email_reply_to']),
  };
  for (const [list, all] of Object.entries(lists))
    for (const [i, address] of all.entries()) form.set(`${list}.member.${i + 1}`, address);
  return form;
}

/** Who the event names, else who the rule does. */
function recipients(alert: Alert, { options }: AlerterSettings): string[] {
  const field = textOf(options, 'ses_email_from_field');
  const found = field === undefined ? undefined : lookup(firstOf(alert), field);
  const domain = textOf(options, 'ses_email_add_domain')?.replace(/^@?/, '@');
  if (Array.isArray(found)) return found.map(name => pythonStr(name) + (domain ?? ''));
  if (typeof found === 'string' && found.includes('@')) return [found];
  if (typeof found === 'string' && domain !== undefined) return [found + domain];
  return textsOf(options['ses_email']);
}

/** Messages for a queue of SQS. */
export const sqs: AlerterKind = {
  type: 'sqs',
  options: { sqs_queue_url: 'text', ...awsOptions('sqs') },
  check: check('sqs', options => checkAddresses('sqs_queue_url', options['sqs_queue_url'])),
  create: settings => {
    const url = textOf(settings.options, 'sqs_queue_url') ?? '';
    const ofUrl = URL.canParse(url) ? /^sqs\.([^.]+)\./.exec(new URL(url).hostname)?.[1] : undefined;
    const target = { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'AmazonSQS.SendMessage' };
    return new AwsAlerter({
      ...{ settings, service: 'sqs', headers: target },
      region: textOf(settings.options, 'sqs_aws_region') ?? ofUrl ?? 'us-east-1',
      url: URL.canParse(url) ? `${new URL(url).origin}/` : '',
      missing: missingOf(settings, ['sqs_queue_url']),
      bodies: alert => [JSON.stringify({ QueueUrl: url, MessageBody: sqsMessage(alert, settings) })],
    });
  },
};

function sqsMessage(alert: Alert, settings: AlerterSettings): string {
  const { body } = told(alert, settings, PLAIN);
  const note = '\n*message was cropped according to SQS limits!*';
  const data = {
    rule_name: settings.options['name'] ?? alert.rule,
    matches: alert.matches,
    text: body.length > MAX_SQS_TEXT_CHARS ? body.slice(0, MAX_SQS_TEXT_CHARS).toWellFormed() + note : body,
    ...(alert.resolved === undefined ? {} : { resolved: alert.resolved }),
  };
  const whole = JSON.stringify(data);
  if (Buffer.byteLength(whole) <= MAX_SQS_BYTES) return whole;
  const short = JSON.stringify({ ...data, text: 'Text message omitted due to SQS size limit.' });
  if (Buffer.byteLength(short) <= MAX_SQS_BYTES) return short;
  // The events alone are too much: as many as fit, and how many there were.
  const matches = alert.matches.slice(0, 1).filter(one => Buffer.byteLength(JSON.stringify(one)) < MAX_SQS_BYTES / 2);
  return JSON.stringify({
    ...data,
    text: croppedBytes(body, 100_000, '\n[cut]'),
    matches,
    total: alert.matches.length,
  });
}
