import { createHash } from 'node:crypto';
import { Double } from '../../base/number/double.ts';
import type { FieldPath } from '../field-path.ts';
import { ipBytes } from '../ip.ts';
import type { ProcessorKind } from '../processor.ts';

/**
 * `community_id`: the Community ID, version 1, of a network flow: the same for both directions. source_ip, source_port,
 * destination_ip, destination_port, iana_number, transport, icmp_type, icmp_code (the fields to read), target_field
 * (default `network.community_id`), seed (0 to 65535), ignore_missing (default true).
 */
export const communityId: ProcessorKind = {
  name: 'community_id',
  build(options) {
    const sourceIp = options.path('source_ip', 'source.ip');
    const sourcePort = options.path('source_port', 'source.port');
    const destinationIp = options.path('destination_ip', 'destination.ip');
    const destinationPort = options.path('destination_port', 'destination.port');
    const ianaNumber = options.path('iana_number', 'network.iana_number');
    const transport = options.path('transport', 'network.transport');
    const icmpType = options.path('icmp_type', 'icmp.type');
    const icmpCode = options.path('icmp_code', 'icmp.code');
    const target = options.path('target_field', 'network.community_id');
    const ignoreMissing = options.boolean('ignore_missing', true);
    const seed = options.number('seed', 0);
    if (!Number.isInteger(seed) || seed > 0xffff)
      options.problem('LS_PIPELINE_OPTION', 'processor community_id: `seed` must be a whole number up to 65535.');
    return (event, state) => {
      const missing = (path: FieldPath) => (ignoreMissing ? undefined : `field [${path.text}] is not there`);
      const from = sourceIp.get(event, state) ?? undefined;
      if (from === undefined) return missing(sourceIp);
      const to = destinationIp.get(event, state) ?? undefined;
      if (to === undefined) return missing(destinationIp);
      const source = typeof from === 'string' ? ipBytes(from) : undefined;
      if (source === undefined) return `field [${sourceIp.text}] holds no address`;
      const destination = typeof to === 'string' ? ipBytes(to) : undefined;
      if (destination === undefined) return `field [${destinationIp.text}] holds no address`;
      const protocolPath = (ianaNumber.get(event, state) ?? undefined) === undefined ? transport : ianaNumber;
      const written = protocolPath.get(event, state) ?? undefined;
      if (written === undefined) return missing(transport);
      const protocol = protocolOf(written);
      if (protocol === undefined) return `field [${protocolPath.text}] holds no transport protocol`;
      const [first, second] = WITH_ICMP.has(protocol) ? [icmpType, icmpCode] : [sourcePort, destinationPort];
      const flow: Flow = { source, destination, protocol, first: 0, second: 0 };
      if (WITH_PORTS.has(protocol) || WITH_ICMP.has(protocol)) {
        for (const [key, path] of [['first', first] as const, ['second', second] as const]) {
          const value = path.get(event, state) ?? undefined;
          const number = value === undefined && (ignoreMissing || WITH_ICMP.has(protocol)) ? 0 : wholeNumber(value);
          if (number === undefined)
            return `field [${path.text}] holds no ${WITH_ICMP.has(protocol) ? 'number' : 'port'}`;
          flow[key] = number;
        }
      }
      return target.set(event, state, idOf(flow, seed));
    };
  },
};

interface Flow {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  /** Source port, or type of ICMP. */
  first: number;
  /** Destination port, or code of ICMP. */
  second: number;
}

const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['igmp', 2],
  ['tcp', 6],
  ['udp', 17],
  ['gre', 47],
  ['ipv6-icmp', 58],
  ['icmpv6', 58],
  ['eigrp', 88],
  ['ospf', 89],
  ['pim', 103],
  ['sctp', 132],
]);
const ICMP = 1;
const ICMP_6 = 58;
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 132]);
const WITH_ICMP: ReadonlySet<number> = new Set([ICMP, ICMP_6]);

/** The type of ICMP that answers another one: the two make one flow. https://github.com/corelight/community-id-spec */
const ANSWERS: Readonly<Record<number, ReadonlyMap<number, number>>> = {
  [ICMP]: bothWays([8, 0], [13, 14], [15, 16], [10, 9], [17, 18]),
  [ICMP_6]: bothWays([128, 129], [133, 134], [135, 136], [130, 131], [139, 140], [144, 145]),
};

function bothWays(...pairs: [number, number][]): ReadonlyMap<number, number> {
  return new Map(pairs.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]));
}

function protocolOf(value: unknown): number | undefined {
  const number =
    typeof value === 'string' ? (PROTOCOLS.get(value.toLowerCase()) ?? wholeNumber(value)) : wholeNumber(value);
  return number === undefined || number >= 255 ? undefined : number;
}

/** Of 16 bits. */
function wholeNumber(value: unknown): number | undefined {
  const isNumber = typeof value === 'number' || typeof value === 'bigint' || value instanceof Double;
  if (!isNumber && !(typeof value === 'string' && /^\d{1,5}$/.test(value))) return undefined;
  const number = Number(value);
  return Number.isInteger(number) && number >= 0 && number <= 0xffff ? number : undefined;
}

function idOf({ source, destination, protocol, first, second }: Flow, seed: number): string {
  const answer = ANSWERS[protocol]?.get(first);
  const isOneWay = WITH_ICMP.has(protocol) && answer === undefined;
  const other = answer ?? second;
  const order = compareAddresses(source, destination);
  const asItIs = isOneWay || order < 0 || (order === 0 && first < other);
  const [a, b, x, y] = asItIs ? [source, destination, first, other] : [destination, source, other, first];
  const hash = createHash('sha1').update(uint16(seed)).update(a).update(b).update(Uint8Array.of(protocol, 0));
  if (WITH_PORTS.has(protocol) || WITH_ICMP.has(protocol)) hash.update(uint16(x)).update(uint16(y));
  return `1:${hash.digest('base64')}`;
}

/** As numbers. */
function compareAddresses(a: Uint8Array, b: Uint8Array): number {
  if (a.length === b.length) return Buffer.compare(a, b);
  const wide = (bytes: Uint8Array) =>
    bytes.length === 16 ? bytes : Uint8Array.from([...new Array(12).fill(0), ...bytes]);
  return Buffer.compare(wide(a), wide(b));
}

function uint16(number: number): Uint8Array {
  return Uint8Array.of(number >> 8, number & 0xff);
}
