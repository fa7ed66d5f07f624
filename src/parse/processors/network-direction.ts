import type { ErrorCode } from '../../core/codes.ts';
import { LongshoreError } from '../../core/errors.ts';
import { ipBytes } from '../ip.ts';
import type { ProcessorKind } from '../processor.ts';
import { compileTemplate } from '../template.ts';

const CODE: ErrorCode = 'LS_PIPELINE_OPTION';

/**
 * `network_direction`: whether a flow stays inside, comes in, goes out or is none of ours. source_ip, destination_ip,
 * target_field (default `network.direction`), internal_networks (names of NAMED, or networks as `10.0.0.0/8`; may be
 * templates) or internal_networks_field (a field that holds such a list), ignore_missing (default true).
 */
export const networkDirection: ProcessorKind = {
  name: 'network_direction',
  build(options) {
    const sourceIp = options.path('source_ip', 'source.ip');
    const destinationIp = options.path('destination_ip', 'destination.ip');
    const target = options.path('target_field', 'network.direction');
    const ignoreMissing = options.boolean('ignore_missing', true);
    const fromField = options.optionalPath('internal_networks_field');
    const written = options.has('internal_networks') ? options.strings('internal_networks') : undefined;
    if ((fromField === undefined) === (written === undefined))
      options.problem(
        CODE,
        'processor network_direction needs either `internal_networks` or `internal_networks_field`.',
        'Give one of them: internal_networks: [private].',
      );
    const templates = options.attempt('internal_networks', () => (written ?? []).map(text => compileTemplate(text)));
    const constant = options.attempt('internal_networks', () =>
      templates?.every(({ constant }) => constant !== undefined)
        ? templates.map(({ constant }) => networkTest(constant!))
        : undefined,
    );
    return (event, state) => {
      let networks = constant;
      if (fromField !== undefined) {
        const list = fromField.get(event, state) ?? undefined;
        if (list === undefined) return ignoreMissing ? undefined : `field [${fromField.text}] is not there`;
        const texts = Array.isArray(list) ? list : [list];
        if (!texts.every(text => typeof text === 'string')) return `field [${fromField.text}] is no list of networks`;
        networks = texts.map(networkTest);
      } else networks ??= templates?.map(template => networkTest(template.render(event, state)));
      const internal: boolean[] = [];
      for (const path of [sourceIp, destinationIp]) {
        const text = path.get(event, state) ?? undefined;
        if (text === undefined) return ignoreMissing ? undefined : `field [${path.text}] is not there`;
        const address = typeof text === 'string' ? ipBytes(text) : undefined;
        if (address === undefined) return `field [${path.text}] holds no address`;
        internal.push(networks?.some(isIn => isIn(address)) === true);
      }
      return target.set(
        event,
        state,
        internal[0] ? (internal[1] ? 'internal' : 'outbound') : internal[1] ? 'inbound' : 'external',
      );
    };
  },
};

type NetworkTest = (address: Uint8Array) => boolean;

const isV4 = (ip: Uint8Array): boolean => ip.length === 4;
const isUnspecified: NetworkTest = ip => ip.every(byte => byte === 0);
const isLoopback: NetworkTest = ip =>
  isV4(ip) ? ip[0] === 127 : ip[15] === 1 && ip.subarray(0, 15).every(byte => byte === 0);
const isMulticast: NetworkTest = ip => (isV4(ip) ? (ip[0]! & 0xf0) === 0xe0 : ip[0] === 0xff);
const isLinkLocalUnicast: NetworkTest = ip =>
  isV4(ip) ? ip[0] === 169 && ip[1] === 254 : ip[0] === 0xfe && (ip[1]! & 0xc0) === 0x80;
const isInterfaceLocalMulticast: NetworkTest = ip => !isV4(ip) && ip[0] === 0xff && (ip[1]! & 0x0f) === 1;
const isLinkLocalMulticast: NetworkTest = ip =>
  isV4(ip) ? ip[0] === 224 && ip[1] === 0 && ip[2] === 0 : ip[0] === 0xff && (ip[1]! & 0x0f) === 2;
const isBroadcast: NetworkTest = ip => isV4(ip) && ip.every(byte => byte === 255);
const isPrivate: NetworkTest = ip =>
  isV4(ip)
    ? ip[0] === 10 || (ip[0] === 172 && (ip[1]! & 0xf0) === 16) || (ip[0] === 192 && ip[1] === 168)
    : ip[0] === 0xfd;
const isUnicast: NetworkTest = ip =>
  !isBroadcast(ip) && !isUnspecified(ip) && !isLoopback(ip) && !isMulticast(ip) && !isLinkLocalUnicast(ip);

/** Networks by name, as Elasticsearch has them. */
const NAMED: ReadonlyMap<string, NetworkTest> = new Map([
  ['loopback', isLoopback],
  ['unicast', isUnicast],
  ['global_unicast', isUnicast],
  ['link_local_unicast', isLinkLocalUnicast],
  ['interface_local_multicast', isInterfaceLocalMulticast],
  ['link_local_multicast', isLinkLocalMulticast],
  ['multicast', isMulticast],
  ['unspecified', isUnspecified],
  ['private', isPrivate],
  [
    'public',
    ip =>
      !isPrivate(ip) &&
      !isLoopback(ip) &&
      !isUnspecified(ip) &&
      !isLinkLocalUnicast(ip) &&
      !isLinkLocalMulticast(ip) &&
      !isInterfaceLocalMulticast(ip) &&
      !isBroadcast(ip),
  ],
]);

function networkTest(network: string): NetworkTest {
  const named = NAMED.get(network);
  if (named !== undefined) return named;
  const [text = '', prefix, ...more] = network.split('/');
  const base = ipBytes(text);
  const most = (base?.length ?? 0) * 8;
  const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (base === undefined || more.length > 0 || bits < 0 || bits > most)
    throw new LongshoreError(CODE, 'a network is neither a name nor an address with a prefix.', {
      fix: `Write ${[...NAMED.keys()].join(', ')}, or for example 10.0.0.0/8.`,
    });
  const whole = bits >> 3;
  const rest = (0xff << (8 - (bits & 7))) & 0xff;
  return ip => {
    if (ip.length !== base.length) return false;
    for (let i = 0; i < whole; i++) if (ip[i] !== base[i]) return false;
    return rest === 0 || whole === base.length || (ip[whole]! & rest) === (base[whole]! & rest);
  };
}
