import { isoTime } from '../../../base/time/iso.ts';
import type { Fields } from '../../../core/event.ts';
import { lookup } from '../../lookup.ts';
import { pythonStr } from '../../python/str.ts';
import { checkHost, checkPort } from '../address.ts';
import type { Alert, AlerterKind, AlerterSettings } from '../alerter.ts';
import { firstOf, textOf, told } from '../told.ts';
import { Answered, TcpAlerter } from './tcp-alerter.ts';

const PLAIN = { tableWidth: 80, fenced: false, marks: undefined };
const NEEDS = ['stomp_hostname', 'stomp_hostport', 'stomp_login', 'stomp_password'];

/** A message broker that speaks STOMP; it says that it has the message. */
export const stomp: AlerterKind = {
  type: 'stomp',
  options: {
    ...{ stomp_hostname: 'text', stomp_hostport: 'any', stomp_login: 'text', stomp_password: 'text' },
    ...{ stomp_destination: 'text', stomp_ssl: 'boolean' },
  },
  check: options => [
    ...checkHost('stomp_hostname', options['stomp_hostname']),
    ...checkPort('stomp_hostport', options['stomp_hostport']),
  ],
  create: settings => {
    const { options } = settings;
    const missing = NEEDS.find(name => options[name] === undefined || options[name] === '');
    const host = textOf(options, 'stomp_hostname') ?? 'localhost';
    const [login, password] = [textOf(options, 'stomp_login') ?? '', textOf(options, 'stomp_password') ?? ''];
    return new TcpAlerter({
      type: 'stomp',
      missing,
      partner: {
        host,
        port: Number(options['stomp_hostport'] ?? 61_613),
        ...(options['stomp_ssl'] === true ? { tls: {} } : {}),
      },
      timeout: undefined,
      secrets: [login, password],
      render: alert => JSON.stringify(messageFor(alert, settings)),
      talk: async (conversation, body, receipt) => {
        conversation.say(frame('CONNECT', { 'accept-version': '1.1,1.2', host, login, passcode: password }));
        expect(await conversation.hear(endOfFrame), 'CONNECTED');
        const destination = textOf(options, 'stomp_destination') ?? '/queue/ALERT';
        const length = String(Buffer.byteLength(body));
        conversation.say(frame('SEND', { destination, 'content-length': length, receipt }, body));
        expect(await conversation.hear(endOfFrame), 'RECEIPT');
        conversation.say(frame('DISCONNECT', {}));
        await conversation.end();
      },
    });
  },
};

function messageFor(alert: Alert, settings: AlerterSettings): Record<string, unknown> {
  const { options, texts } = settings;
  const { matches } = alert;
  const name = pythonStr(options['name'] ?? alert.rule);
  const key = textOf(options, 'query_key');
  const timeOf = (match: Fields): unknown => lookup(match, pythonStr(options['timestamp_field'] ?? '@timestamp'));
  const keyOf = (match: Fields): unknown => (key === undefined ? undefined : lookup(match, key));
  const { body } = told(alert, settings, PLAIN);
  const last = matches.at(-1) ?? firstOf(alert);
  return {
    match: keyOf(last) ?? timeOf(last) ?? null,
    alerts: matches.map(match => {
      const value = keyOf(match);
      const time = pythonStr(timeOf(match) ?? '');
      return value === undefined || value === null
        ? `Rule ${name} generated an alert at ${time}:`
        : `Alert for ${name}, ${pythonStr(value)} at ${time}:`;
    }),
    rule: name,
    rule_file: options['rule_file'] ?? '',
    matching: texts.body([last], PLAIN),
    alertDate: isoTime(Date.now()).slice(0, 19).replace('T', ' '),
    body,
    matches,
    ...(alert.resolved === undefined ? {} : { resolved: true }),
  };
}

/** Values cannot end a line, and so begin no header of their own. */
function frame(command: string, headers: Readonly<Record<string, string>>, body = ''): string {
  const inLine = (text: string): string =>
    command === 'CONNECT'
      ? text.replace(/[\r\n\0]/g, '')
      : text
          .replace(/\0/g, '')
          .replace(/[\\\r\n:]/g, char => ({ '\\': '\\\\', '\r': '\\r', '\n': '\\n', ':': '\\c' })[char]!);
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${inLine(value)}\n`);
  return `${command}\n${lines.join('')}\n${body}\0`;
}

/** Frames end with a zero byte; line ends between them keep the connection alive. */
function endOfFrame(received: Buffer): number | undefined {
  let start = 0;
  while (received[start] === 10 || received[start] === 13) start++;
  const end = received.indexOf(0, start);
  return end === -1 ? undefined : end + 1;
}

function expect(bytes: Buffer, command: string): void {
  const text = bytes.toString('utf8').trimStart();
  if (text.startsWith(`${command}\n`) || text.startsWith(`${command}\r\n`)) return;
  const said = /^message:(.*)$/m.exec(text)?.[1] ?? text.split('\n', 1)[0];
  throw new Answered(`the broker says ${said}`);
}
