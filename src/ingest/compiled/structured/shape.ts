import { mayHoldSecret } from '../../../base/secrets/may-hold.ts';
import { type Fields, newFields } from '../../../core/event.ts';
import { DECLARED_FIELDS } from '../../../core/schema/fields.ts';
import { TIME_NAMES, type TimeName } from '../../../core/schema/time-names.ts';
import { IDENTITY } from '../../../parse/automatic/adopt.ts';
import { MESSAGE_NAMES } from '../../../parse/automatic/automatic.ts';
import { type KeyInfo, type Row, safeName } from '../../../schema/names.ts';
import { secretName } from '../../../schema/secrets.ts';
import { LINE_TARGETS } from '../targets.ts';
import type { KeyFacts, Step } from './keys.ts';

/** A row of the mapping table whose source lines of the shape have. */
export interface ShapeRow {
  readonly slot: number;
  readonly target: number;
  readonly row: Row;
}

/** A field that is written under a name of its own. */
export interface Member {
  readonly slot: number;
  /** The name, the colon, and a comma in front unless commas stand behind. */
  readonly bytes: Uint8Array;
  /** Slots of what is within, if that may go. */
  readonly inner: readonly number[] | undefined;
}

/** All that the names of a line decide. */
export interface Shape {
  readonly rows: readonly ShapeRow[];
  /** By targets: the slot of the field of that name; -1: there is none. */
  readonly own: Int16Array;
  /** Slots that may hold the message where no field is called so. */
  readonly messages: readonly number[];
  /** Slots of `@timestamp` and of other names that tell a time; -1: there is none. */
  readonly given: number;
  /** Slot of the offset of a day and a clock in two fields; -1: there is none. */
  readonly zone: number;
  readonly times: readonly { readonly name: string; readonly slot: number; readonly use: TimeName['use'] }[];
  /** Their names in the order in which they count. */
  readonly timeNames: string[];
  /** For `EventTime`, used again for each line. */
  readonly timeFields: Fields;
  /** Slots of the method and the status of a request; -1: there is none. */
  readonly verb: number;
  readonly response: number;
  readonly hasTags: boolean;
  readonly members: readonly Member[];
  /** The level as it was given. */
  readonly levelMoved: readonly Member[];
  /** What would change who the event is from: it stands within `json`. */
  readonly aside: readonly Member[];
  readonly asideNames: readonly string[];
  /** Of events without an image, where an image of the line is theirs; made when it is asked for. */
  withoutImage: Shape | null | undefined;
  /** Written behind all others. */
  readonly renamed: readonly Member[];
  /** Names that records of the stream may not have. */
  readonly touched: ReadonlySet<string>;
}

export interface ShapeRules {
  infoOf(key: string): KeyInfo;
  readonly hidesSecrets: boolean;
  readonly maxNameBytes: number;
  readonly maxDepth: number;
  /** Commas stand behind the members, not in front of them. */
  readonly isBehind: boolean;
  /** Names that a pipeline asks for behind it: lines that have one are run as before. */
  readonly asked: readonly string[];
}

/** What is known of one name, wherever it stands. */
export function factsOf(key: string, isInner: boolean, rules: ShapeRules): KeyFacts {
  const isRefused = isInner
    ? (rules.hidesSecrets && secretName(key).isSecret) || safeName(key, rules.maxNameBytes, rules.maxDepth) !== key
    : isRefusedAtTop(key, rules);
  const isOpened = !isInner && !isRefused && rules.infoOf(key).rows?.some(({ isLiteral }) => !isLiteral) === true;
  return { isRefused, isOpened, mayHold: rules.hidesSecrets && mayHoldSecret(` ${key}=${BEHIND}`) };
}

function isRefusedAtTop(key: string, rules: ShapeRules): boolean {
  const info = rules.infoOf(key);
  if (IDENTITY.includes(key)) return !SCALARS_ASIDE.includes(key) || isAsked('json', rules) || isAsked(key, rules);
  return (
    info.kind === 'object' ||
    (info.kind === 'rename' && info.why !== '') ||
    (rules.hidesSecrets && info.secret.isSecret) ||
    key === 'level_original' ||
    isAsked(key, rules) ||
    info.rows?.some(({ isLiteral, mapping }) => isLiteral && (mapping.isTemplate || !isTarget(mapping.to))) === true
  );
}

/** In shorter texts nothing is looked for. */
const BEHIND = 'x'.repeat(16);
/** Of `IDENTITY`: those that are no objects. */
const SCALARS_ASIDE: readonly string[] = ['container_id', 'container_name', 'image', 'stream', 'tag'];
const isAsked = (key: string, { asked }: ShapeRules): boolean =>
  asked.some(name => key === name || key.startsWith(`${name}.`));
const USES: ReadonlyMap<string, TimeName['use']> = new Map(TIME_NAMES.map(({ name, use }) => [name, use]));
const isTarget = (name: string): boolean => (LINE_TARGETS as readonly string[]).includes(name);

/** A name at the top, and its slot. */
interface Entry {
  readonly key: string;
  readonly slot: number;
  /** Names and slots within an opened object; undefined: it is none. */
  inner: { readonly key: string; readonly slot: number }[] | undefined;
}

/** `hasImage`: the event has one itself. Undefined: something in it is decided by more than names. */
export function shapeOf(last: Step<Shape | null>, rules: ShapeRules, hasImage = true): Shape | undefined {
  const all = entriesOf(last);
  const aside = all.filter(({ key }) => IDENTITY.includes(key) && (hasImage || key !== 'image'));
  const entries = aside.length === 0 ? all : all.filter(one => !aside.includes(one));
  const byKey = new Map(entries.map(entry => [entry.key, entry]));
  const slotOf = (key: string): number => byKey.get(key)?.slot ?? -1;
  const infos = entries.map(entry => ({ entry, info: rules.infoOf(entry.key) }));
  for (const { entry, info } of infos)
    if (entry.inner !== undefined && (info.kind !== 'extra' || info.isTime || entry.key.includes('.')))
      return undefined;

  // Docker's own files have such names, too, and something else is done with them.
  if (aside.length > 0 && (byKey.has('json') || byKey.has('log'))) return undefined;
  const touched = new Set<string>(byKey.keys());
  if (aside.length > 0) touched.add('json');
  const rows: ShapeRow[] = [];
  for (const { entry, info } of infos) {
    for (const row of info.rows ?? []) {
      if (!row.isLiteral && entry.inner === undefined) continue;
      const slot = row.isLiteral ? entry.slot : innerSlot(entry, row.path, byKey);
      if (slot === undefined) return undefined;
      if (slot < 0) continue;
      const { to, beside = [], isTemplate } = row.mapping;
      if (isTemplate === true || !isTarget(to)) return undefined;
      for (const name of beside) touched.add(name);
      if (row.mapping.beside !== undefined) {
        const there = beside.filter(name => byKey.has(name));
        if (there.length === 0) continue;
        if (!there.some(name => isKept(name, rules))) return undefined;
      }
      touched.add(to);
      rows.push({ slot, target: LINE_TARGETS.indexOf(to as (typeof LINE_TARGETS)[number]), row });
    }
  }
  rows.sort((a, b) => a.row.rank - b.row.rank);

  const times = infos.flatMap(({ entry: { key, slot }, info }) =>
    info.isTime ? [{ name: key, slot, use: USES.get(key)! }] : [],
  );
  const members: Member[] = [];
  const renamed: Member[] = [];
  const renames = new Set<string>();
  for (const { entry, info } of infos) {
    if (Object.hasOwn(DECLARED_FIELDS, entry.key) || entry.key === '@timestamp') continue;
    if (info.kind === 'rename' && (byKey.has(info.name) || renames.has(info.name))) return undefined;
    if (info.kind === 'rename') {
      renames.add(info.name);
      touched.add(info.name);
    }
    const bytes = nameBytes(info.name);
    const inner = entry.inner?.map(({ slot }) => slot);
    (info.kind === 'rename' ? renamed : members).push({ slot: entry.slot, bytes, inner });
  }
  const timeFields = newFields();
  timeFields['@timestamp'] = undefined;
  for (const { name } of times) timeFields[name] = undefined;
  return {
    ...{ rows, times, members, renamed, touched, timeFields },
    aside: aside.map(({ key, slot }) => ({ slot, bytes: Buffer.from(`${JSON.stringify(key)}:`), inner: undefined })),
    asideNames: aside.map(({ key }) => key),
    withoutImage: undefined,
    levelMoved: [{ slot: slotOf('level'), bytes: nameBytes('level_original'), inner: undefined }],
    own: Int16Array.from(LINE_TARGETS, slotOf),
    messages: byKey.has('message') ? [] : MESSAGE_NAMES.map(slotOf).filter(slot => slot >= 0),
    given: slotOf('@timestamp'),
    zone: byKey.has('date') && byKey.has('time') ? slotOf('tz') : -1,
    timeNames: times.map(({ name }) => name),
    verb: slotOf('verb'),
    response: slotOf('response'),
    hasTags: byKey.has('tags'),
  };

  function nameBytes(name: string): Uint8Array {
    const json = JSON.stringify(name);
    return Buffer.from(rules.isBehind ? `${json}:` : `,${json}:`);
  }
}

/** The names in their order. */
function entriesOf(last: Step<Shape | null>): Entry[] {
  const steps: Step<Shape | null>[] = [];
  for (let step: Step<Shape | null> | undefined = last; step?.parent !== undefined; step = step.parent)
    steps.push(step);
  const entries: Entry[] = [];
  let slot = 0;
  let isInside = false;
  for (const { kind, key } of steps.reverse()) {
    const entry = entries.at(-1);
    if (kind === 'open') {
      isInside = true;
      entry!.inner = [];
    } else if (kind === 'close') isInside = false;
    else if (isInside) entry!.inner!.push({ key, slot: slot++ });
    else entries.push({ key, slot: slot++, inner: undefined });
  }
  return entries;
}

/** The slot at a path within an opened object; -1: it is not there. Undefined: it may be deeper, or somewhere else, too. */
function innerSlot({ key, inner = [] }: Entry, path: string, byKey: ReadonlyMap<string, unknown>): number | undefined {
  if (byKey.has(path)) return undefined;
  const rest = path.slice(key.length + 1);
  const found = inner.find(other => other.key === rest);
  if (found !== undefined) return found.slot;
  return inner.some(other => rest.startsWith(`${other.key}.`)) ? undefined : -1;
}

/** Whether a field of this name stays where it is, whatever it holds. */
function isKept(name: string, { infoOf }: ShapeRules): boolean {
  const { kind, rows, isTime } = infoOf(name);
  return kind === 'extra' && rows === undefined && !isTime;
}
