import { isFields } from '../../../core/event.ts';
import { lookup } from '../../lookup.ts';
import { pythonStr } from '../../python/str.ts';
import { checkHost, checkPort } from '../address.ts';
import type { Alert, AlerterKind, AlerterSettings } from '../alerter.ts';
import { textOf } from '../told.ts';
import { Answered, TcpAlerter } from './tcp-alerter.ts';

const HEADER = Buffer.from('ZBXD\x01', 'latin1');
const HEADER_BYTES = 13;
const MAX_ANSWER_BYTES = 65_536;

/** The sender protocol of Zabbix: each match is a value 1 of an item of the type trapper. */
export const zabbix: AlerterKind = {
  type: 'zabbix',
  options: {
    ...{ zbx_host: 'text', zbx_key: 'text', zbx_host_from_field: 'boolean' },
    ...{ zbx_sender_host: 'text', zbx_sender_port: 'integer', timestamp_strptime: 'text' },
  },
  check: options => [
    ...checkHost('zbx_sender_host', options['zbx_sender_host']),
    ...checkPort('zbx_sender_port', options['zbx_sender_port']),
  ],
  create: settings => {
    const { options } = settings;
    return new TcpAlerter({
      type: 'zabbix',
      missing: ['zbx_host', 'zbx_key'].find(name => textOf(options, name) === undefined),
      partner: {
        host: textOf(options, 'zbx_sender_host') ?? 'localhost',
        port: Number(options['zbx_sender_port'] ?? 10_051),
      },
      timeout: undefined,
      render: alert => JSON.stringify({ request: 'sender data', data: itemsOf(alert, settings) }),
      talk: async (conversation, body) => {
        conversation.say(packet(body));
        const answer = await conversation.hear(endOfPacket, MAX_ANSWER_BYTES);
        judge(answer.subarray(HEADER_BYTES).toString('utf8'));
      },
    });
  },
};

/** What is over is the value 0. */
function itemsOf({ matches, resolved }: Alert, { options }: AlerterSettings): object[] {
  const host = textOf(options, 'zbx_host') ?? '';
  const field = pythonStr(options['timestamp_field'] ?? '@timestamp');
  return matches.map(match => {
    const time = pythonStr(lookup(match, field) ?? '');
    const ms = /^\d+(?:\.\d+)?$/.test(time) ? Number(time) * 1000 : Date.parse(time);
    const own = options['zbx_host_from_field'] === true ? lookup(match, host) : host;
    return {
      host: pythonStr(own ?? ''),
      key: options['zbx_key'],
      value: resolved === undefined ? '1' : '0',
      ...(Number.isNaN(ms) ? {} : { clock: Math.floor((resolved?.endsAt ?? ms) / 1000) }),
    };
  });
}

function packet(body: string): Buffer {
  const bytes = Buffer.from(body);
  const length = Buffer.alloc(8);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([HEADER, length, bytes]);
}

function endOfPacket(received: Buffer): number | undefined {
  const begun = received.subarray(0, HEADER.length);
  if (!HEADER.subarray(0, begun.length).equals(begun)) throw new Error('the answer is none of Zabbix');
  if (received.length < HEADER_BYTES) return undefined;
  const end = HEADER_BYTES + received.readUInt32LE(HEADER.length);
  return received.length < end ? undefined : end;
}

/** Zabbix says in words how many values it took: `processed: 1; failed: 0; total: 1; ...`. */
function judge(answer: string): void {
  let told: unknown;
  try {
    told = JSON.parse(answer);
  } catch {
    throw new Error('the answer is no JSON');
  }
  const { response, info } = isFields(told) ? (told as Record<string, unknown>) : {};
  if (response !== 'success') throw new Answered(`Zabbix says ${String(response)}`);
  const failed = Number(/failed: (\d+)/.exec(String(info))?.[1] ?? 0);
  if (failed > 0) throw new Answered(`Zabbix knows no such host or item: ${String(info)}`);
}
