import { LongshoreError } from '../../core/errors.ts';
import { kindOf } from '../query/fields.ts';
import type { Elastic } from './client.ts';
import { askable, askFieldCaps, type CapsRequest, type FieldCaps, NUMERIC } from './field-caps.ts';

/** How an index can count a field. `other`: not at all. */
export type CountedAs = 'number' | 'keyword' | 'other';

/** A part of the indices in which each of some fields is of one kind; a field that they do not have is in none. */
export interface Section {
  /** Undefined: all indices. */
  readonly indices: readonly string[] | undefined;
  readonly kinds: ReadonlyMap<string, CountedAs>;
}

const KEYWORDS = ['keyword', 'constant_keyword', 'wildcard', 'boolean', 'ip', 'version'];
/** A request names no more indices: its first line has 4,096 bytes. */
const MAX_NAME_BYTES = 2_500;

/**
 * An undeclared field has in each index the type of its first value there, and Elasticsearch refuses to count two types in one
 * request.
 */
export async function sectionsOf(elastic: Elastic, request: CapsRequest): Promise<Section[]> {
  const fields = askable(request.fields);
  if (fields.length === 0) return [{ indices: undefined, kinds: new Map() }];
  const answer = await askFieldCaps(elastic, { ...request, fields });
  if (answer.status !== 200)
    throw new LongshoreError('LS_STORE_READ_FAILED', `the types of fields cannot be read: status ${answer.status}.`, {
      retryable: answer.status !== 400,
    });
  return sectionsIn(answer.body as FieldCaps, fields);
}

export function sectionsIn({ indices = [], fields = {} }: FieldCaps, names: readonly string[]): Section[] {
  const byIndex = new Map<string, Map<string, CountedAs>>(indices.map(index => [index, new Map()]));
  for (const name of names) {
    for (const [type, { indices: where = indices }] of Object.entries(fields[name] ?? {})) {
      if (type === 'unmapped' || type === 'object') continue;
      const isTime = type === 'date' && kindOf(name) === 'time';
      const kind = isTime || NUMERIC.includes(type) ? 'number' : KEYWORDS.includes(type) ? 'keyword' : 'other';
      for (const index of where) byIndex.get(index)?.set(name, kind);
    }
  }
  const kindsOf = (kinds: ReadonlyMap<string, CountedAs>): string => names.map(name => kinds.get(name) ?? '').join();
  const alike = Map.groupBy(byIndex, ([, kinds]) => kindsOf(kinds));
  const compatible = mergeMissing(
    [...alike.values()].map(found => ({ names: found.map(([name]) => name), kinds: found[0]![1] })),
  );
  if (compatible.length <= 1) return [{ indices: undefined, kinds: compatible[0]?.kinds ?? new Map() }];
  return compatible.flatMap(({ names: all, kinds }) => parts(all).map(part => ({ indices: part, kinds })));
}

interface Alike {
  names: string[];
  kinds: Map<string, CountedAs>;
}

/** An index that does not have a field can be asked together with any that has it. */
function mergeMissing(found: readonly Alike[]): Alike[] {
  const merged: Alike[] = [];
  for (const { names, kinds } of found.toSorted((a, b) => b.kinds.size - a.kinds.size)) {
    const fits = merged.find(other => [...kinds].every(([name, kind]) => (other.kinds.get(name) ?? kind) === kind));
    if (fits === undefined) merged.push({ names: [...names], kinds: new Map(kinds) });
    else {
      fits.names.push(...names);
      for (const [name, kind] of kinds) fits.kinds.set(name, kind);
    }
  }
  return merged;
}

function parts(names: readonly string[]): string[][] {
  const found: string[][] = [[]];
  let bytes = 0;
  for (const name of names) {
    bytes += encodeURIComponent(name).length + 3;
    if (bytes > MAX_NAME_BYTES && found.at(-1)!.length > 0) {
      found.push([]);
      bytes = encodeURIComponent(name).length + 3;
    }
    found.at(-1)!.push(name);
  }
  return found;
}
