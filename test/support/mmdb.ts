import { isIPv4 } from 'node:net';
import { ipBytes } from '../../src/parse/ip.ts';

/** A node of the tree: for each bit another node, or the number of a record; undefined: nothing is known. */
type Child = Node | number | undefined;
interface Node {
  children: [Child, Child];
}

/** The bytes of a MaxMind DB file: a record for each network, as `1.2.3.0/24` or `2001:db8::/32`. */
export function mmdb(type: string, networks: Readonly<Record<string, object>>): Buffer {
  const root: Node = { children: [undefined, undefined] };
  const records: Buffer[] = [];
  let size = 0;
  for (const [network, record] of Object.entries(networks)) {
    const [address = '', prefix = ''] = network.split('/');
    const bytes = isIPv4(address) ? [...new Array<number>(12).fill(0), ...ipBytes(address)!] : [...ipBytes(address)!];
    const bits = Number(prefix) + (isIPv4(address) ? 96 : 0);
    put(root, bytes, bits, size);
    const encoded = encode(record);
    records.push(encoded);
    size += encoded.length;
  }
  const nodes = numbered(root);
  const place = (child: Child): number => {
    if (child === undefined) return nodes.size;
    return typeof child === 'number' ? nodes.size + 16 + child : nodes.get(child)!;
  };
  const tree = Buffer.alloc(nodes.size * 6);
  for (const [node, number] of nodes) {
    tree.writeUIntBE(place(node.children[0]), number * 6, 3);
    tree.writeUIntBE(place(node.children[1]), number * 6 + 3, 3);
  }
  const metadata = encode({
    node_count: nodes.size,
    record_size: 24,
    ip_version: 6,
    database_type: type,
    languages: ['en'],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    description: { en: 'made for a test' },
  });
  return Buffer.concat([
    tree,
    Buffer.alloc(16),
    ...records,
    Buffer.from('abcdef4d61784d696e642e636f6d', 'hex'),
    metadata,
  ]);
}

function put(root: Node, bytes: readonly number[], bits: number, record: number): void {
  let node = root;
  for (let bit = 0; ; bit++) {
    const side = (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1;
    if (bit === bits - 1) {
      node.children[side] = record;
      return;
    }
    const next = node.children[side];
    const made: Node = typeof next === 'object' ? next : { children: [next, next] };
    node.children[side] = made;
    node = made;
  }
}

function numbered(root: Node): Map<Node, number> {
  const nodes = new Map<Node, number>([[root, 0]]);
  for (const node of nodes.keys())
    for (const child of node.children) if (typeof child === 'object') nodes.set(child, nodes.size);
  return nodes;
}

const TEXT = 2;
const DOUBLE = 3;
const UINT32 = 6;
const MAP = 7;
const ARRAY = 11;
const BOOLEAN = 14;

function encode(value: unknown): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(TEXT, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'boolean') return control(BOOLEAN, Number(value));
  if (typeof value === 'number' && Number.isInteger(value)) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(UINT32, 4), bytes]);
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return Buffer.concat([control(DOUBLE, 8), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(ARRAY, value.length), ...value.map(encode)]);
  const entries = Object.entries(value as object);
  return Buffer.concat([
    control(MAP, entries.length),
    ...entries.flatMap(([key, item]) => [encode(key), encode(item)]),
  ]);
}

/** Type and size of what follows; no size here is greater than 284. */
function control(type: number, size: number): Buffer {
  const first = type > 7 ? [Math.min(size, 29), type - 7] : [(type << 5) | Math.min(size, 29)];
  return Buffer.from(size < 29 ? first : [...first, size - 29]);
}
