import { type Fields, newFields } from '../../../core/event.ts';
import { DECLARED_FIELDS } from '../../../core/schema/fields.ts';
import { quote } from '../../../schema/json.ts';
import { type KeyInfo, type Row, safeName } from '../../../schema/names.ts';
import { secretName } from '../../../schema/secrets.ts';
import { EVENT_TARGETS } from '../targets.ts';
import { END, type EventStep, GONE, LEAF, OBJECT } from './event-steps.ts';

/** A row of the mapping table whose source events of the shape have. */
export interface ShapeRow {
  readonly slot: number;
  readonly target: number;
  readonly row: Row;
  /** The object that the source is in, among all objects of the event; -1: it is in none. */
  readonly holder: number;
}

/** A piece of the undeclared part of a document: a value, or where an object begins or ends. */
export interface Item {
  readonly kind: typeof LEAF | typeof OBJECT | typeof END;
  /** The name and the colon; of an object its brace, too. */
  readonly bytes: Uint8Array;
  readonly slot: number;
  readonly isTop: boolean;
  /** Of an object: the item that ends it. */
  last: number;
  /** Of an object that goes away when all these slots do; undefined: it stays. */
  vanishes: readonly number[] | undefined;
  /** A name that tells a secret. */
  readonly secret: string | undefined;
  /** The text that it had last, if there was no secret in it. */
  clean: string | undefined;
}

/** All that the names of an event decide. */
export interface EventShape {
  /** By targets: the slot of the field of that name; -1: there is none. */
  readonly own: Int16Array;
  /** In the order in which they count. */
  readonly rows: readonly ShapeRow[];
  readonly labels: Item[];
  readonly kubernetes: Item[];
  /** Slots whose values have to be texts with something in them. */
  readonly texts: readonly number[];
  readonly rest: Item[];
  /** Slots of `@timestamp`, and of other names that tell a time; -1: there is none. */
  readonly given: number;
  readonly times: readonly { readonly name: string; readonly slot: number }[];
  /** Slot of the offset of a day and a clock in two fields; -1: there is none. */
  readonly zone: number;
  readonly timeNames: string[];
  /** For `EventTime`, used again for each event. */
  readonly timeFields: Fields;
  /** Slots of the tags, and of the status of a request; -1: there is none. */
  readonly tags: number;
  readonly response: number;
  /** There is a method of a request. */
  readonly hasVerb: boolean;
  /** Bytes of names, braces and numbers that a document never exceeds. */
  readonly fixedBytes: number;
  /** Values, those of objects among them. */
  readonly count: number;
}

export interface EventShapeRules {
  infoOf(key: string): KeyInfo;
  readonly hidesSecrets: boolean;
  readonly maxNameBytes: number;
  readonly maxDepth: number;
  readonly mostFields: number;
}

/** A name of the event and what stands under it. */
interface Node {
  readonly key: string;
  readonly kind: typeof GONE | typeof LEAF | typeof OBJECT;
  readonly slot: number;
  /** Of an object: its place among all objects. */
  readonly object: number;
  readonly inner: Node[];
}

const MAX_NODES = 220;
const NUMBER_BYTES = 32;
const isTarget = (name: string): boolean => (EVENT_TARGETS as readonly string[]).includes(name);

/** Undefined: something in it is decided by more than names, or is rare enough to be left alone. */
export function eventShapeOf(last: EventStep<EventShape>, rules: EventShapeRules): EventShape | undefined {
  const { top, count } = treeOf(last);
  if (count > MAX_NODES || count * 2 > rules.mostFields) return undefined;
  const byKey = new Map(top.filter(({ kind }) => kind !== GONE).map(node => [node.key, node]));
  const slotOf = (key: string): number => byKey.get(key)?.slot ?? -1;
  const infos = [...byKey.values()].map(node => ({ node, info: rules.infoOf(node.key) }));
  for (const { node, info } of infos) if (!isPlain(node, info, rules)) return undefined;

  const rows: ShapeRow[] = [];
  const removable = new Set<number>();
  const texts: number[] = [];
  for (const { node, info } of infos)
    for (const row of info.rows ?? []) {
      const source = sourceOf(node, row, byKey);
      if (source === 'unusual') return undefined;
      if (source?.kind !== LEAF) continue;
      const { to, beside, isTemplate, keep } = row.mapping;
      if (to === 'image' && keep === true && byKey.get('image')?.kind === LEAF) {
        // It has one.
        texts.push(slotOf('image'));
        continue;
      }
      if (isTemplate === true || !isTarget(to) || secretName(source.key).isSecret) return undefined;
      if (beside !== undefined) {
        const there = beside.filter(name => byKey.has(name));
        if (there.length === 0) continue;
        if (!there.some(name => isKept(rules.infoOf(name)))) return undefined;
      }
      const target = EVENT_TARGETS.indexOf(to as (typeof EVENT_TARGETS)[number]);
      rows.push({ slot: source.slot, target, row, holder: holderOf(node, source) });
      if (keep !== true) removable.add(source.slot);
    }
  rows.sort((a, b) => a.row.rank - b.row.rank);

  const times = infos.flatMap(({ node: { key, slot }, info }) => (info.isTime ? [{ name: key, slot }] : []));
  const timeFields = newFields();
  for (const name of ['@timestamp', ...times.map(({ name }) => name)]) timeFields[name] = undefined;
  const rest: Item[] = [];
  const labels: Item[] = [];
  const kubernetes: Item[] = [];
  for (const { node } of infos)
    if (node.key === 'labels') addItems(labels, node, true, removable);
    else if (node.key === 'kubernetes') {
      addItems(kubernetes, node, true, removable);
      const spelled = namespaceOf(node);
      if (spelled === undefined) return undefined;
      texts.push(...spelled.texts);
      kubernetes.splice(-1, 0, ...spelled.added.map(name => ({ ...leaf(name, spelled.texts[0]!), isTop: false })));
      kubernetes[0]!.last = kubernetes.length - 1;
    } else if (node.key !== '@timestamp' && !Object.hasOwn(DECLARED_FIELDS, node.key))
      addItems(rest, node, true, removable);
  let fixedBytes = count * (NUMBER_BYTES + 8);
  for (const { bytes } of [...rest, ...labels, ...kubernetes]) fixedBytes += bytes.length;
  return {
    ...{ rows, times, timeFields, rest, labels, kubernetes, texts, fixedBytes },
    count: count + kubernetes.length,
    own: Int16Array.from(EVENT_TARGETS, slotOf),
    given: slotOf('@timestamp'),
    zone: byKey.has('date') && byKey.has('time') ? slotOf('tz') : -1,
    timeNames: times.map(({ name }) => name),
    tags: slotOf('tags'),
    response: slotOf('response'),
    hasVerb: byKey.has('verb'),
  };
}

function treeOf(last: EventStep<EventShape>): { top: Node[]; count: number } {
  const steps: EventStep<EventShape>[] = [];
  for (let step: EventStep<EventShape> | undefined = last; step?.parent !== undefined; step = step.parent)
    steps.push(step);
  const top: Node[] = [];
  const open = [top];
  let count = 0;
  let slots = 0;
  let objects = 0;
  for (const { key, kind } of steps.reverse()) {
    if (kind === END) {
      open.pop();
      continue;
    }
    count++;
    const node: Node = {
      key,
      kind,
      slot: kind === LEAF ? slots++ : -1,
      object: kind === OBJECT ? objects++ : -1,
      inner: [],
    };
    open.at(-1)!.push(node);
    if (kind === OBJECT) open.push(node.inner);
  }
  return { top, count };
}

/** Whether the field of this name stays, as what it is. */
function isPlain(node: Node, info: KeyInfo, rules: EventShapeRules): boolean {
  const isLeaf = node.kind === LEAF;
  switch (info.kind) {
    case 'time':
      return isLeaf;
    case 'keyword':
    case 'text':
    case 'number':
      return isLeaf && info.rows?.some(({ isLiteral }) => isLiteral) !== true;
    case 'object':
      return !isLeaf && areUsable(node, rules, 1);
    case 'rename':
      return false;
    case 'extra':
      return isLeaf || (!info.isTime && areUsable(node, rules, 1));
  }
}

/** Names within an object: each may be stored as it is. */
function areUsable({ inner }: Node, rules: EventShapeRules, depth: number): boolean {
  // A list within is one level deeper.
  if (depth >= rules.maxDepth) return false;
  return inner.every(
    node =>
      safeName(node.key, rules.maxNameBytes, rules.maxDepth) === node.key &&
      (node.kind !== OBJECT || areUsable(node, rules, depth + 1)),
  );
}

/** The node that a row of the mapping table reads; undefined: there is none. */
function sourceOf(node: Node, row: Row, byKey: ReadonlyMap<string, Node>): Node | 'unusual' | undefined {
  if (row.isLiteral) return node;
  if (node.kind !== OBJECT) return undefined;
  if (node.key.includes('.') || byKey.has(row.path)) return 'unusual';
  let at = node;
  for (const name of row.path.slice(node.key.length + 1).split('.')) {
    if (at.kind !== OBJECT) return undefined;
    if (at.inner.some(({ key }) => key.includes('.'))) return 'unusual';
    const found = at.inner.find(({ key }) => key === name);
    if (found === undefined) return undefined;
    at = found;
  }
  return at;
}

/** The place of the object in `node`, or of it, that has the source; -1: the source is the node. */
function holderOf(node: Node, source: Node): number {
  if (node === source) return -1;
  if (node.inner.includes(source)) return node.object;
  return Math.max(...node.inner.map(inner => (inner === source ? -1 : holderOf(inner, source))));
}

/** Whether a field of this name stays where it is, whatever it holds. */
function isKept({ kind, rows, isTime }: KeyInfo): boolean {
  return kind === 'extra' && rows === undefined && !isTime;
}

/** The namespace under its two names, as `spellNamespace` gives it: where it is, the first place first, and the names that are added. Undefined: it is another case. */
function namespaceOf({ inner }: Node): { texts: number[]; added: string[] } | undefined {
  const found = ['namespace_name', 'namespace', 'pod_namespace'].map(name => inner.find(({ key }) => key === name));
  if (found.some(node => node !== undefined && node.kind !== LEAF)) return undefined;
  const texts = found.flatMap(node => (node === undefined ? [] : [node.slot]));
  const [name, short] = found;
  const added = [short === undefined ? 'namespace' : '', name === undefined ? 'namespace_name' : ''];
  return { texts, added: texts.length === 0 ? [] : added.filter(one => one !== '') };
}

/** The items of a field. Slots that go away with it, if all of it may go; undefined: it stays. */
function addItems(items: Item[], node: Node, isTop: boolean, removable: ReadonlySet<number>): number[] | undefined {
  if (node.kind === GONE) return undefined;
  const { key, slot, inner } = node;
  const isObject = node.kind === OBJECT;
  const item: Item = isObject
    ? { ...leaf(key, slot), kind: OBJECT, isTop, bytes: Buffer.from(`${quote(key)}:{`) }
    : { ...leaf(key, slot), isTop };
  items.push(item);
  if (!isObject) return removable.has(slot) ? [slot] : undefined;
  const gone = inner.map(one => addItems(items, one, false, removable));
  item.last = items.push({ ...item, kind: END, bytes: NO_BYTES }) - 1;
  if (gone.length > 0 && gone.every(slots => slots !== undefined)) item.vanishes = gone.flat();
  return item.vanishes === undefined ? undefined : [...item.vanishes];
}

function leaf(key: string, slot: number): Item {
  const bytes = Buffer.from(`${quote(key)}:`);
  const secret = secretName(key).isSecret ? key : undefined;
  return { kind: LEAF, bytes, slot, isTop: true, last: -1, vanishes: undefined, secret, clean: undefined };
}

const NO_BYTES = new Uint8Array(0);
