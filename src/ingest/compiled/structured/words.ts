import type { Level } from '../../../core/event.ts';
import { isLossy, levelOf } from '../../../core/schema/levels.ts';
import type { Mapping } from '../../../core/schema/mapping.ts';
import { usable } from '../../../schema/map-fields.ts';
import type { Slots } from './slots.ts';

const MOST_BYTES = 16;
const PLACES = 512;

/** A short text, and what it says as a level. */
export class Word {
  readonly text: string;
  readonly level: Level | undefined;
  readonly isLossy: boolean;
  readonly #told = new Map<Mapping['as'], string | undefined>();

  constructor(text: string) {
    this.text = text;
    this.level = levelOf(text);
    this.isLossy = isLossy(text);
  }

  /** As `usable` of a row that maps to the level. */
  usable(mapping: Mapping): string | undefined {
    const { as } = mapping;
    const known = this.#told.get(as);
    if (known !== undefined || this.#told.has(as)) return known;
    const told = usable(this.text, mapping) as string | undefined;
    this.#told.set(as, told);
    return told;
  }
}

/** Words for levels and numbers of a status, which are few: one is looked at once, not in each line. Bounded. */
export class Words {
  readonly #slots: Slots;
  readonly #places: (Word | undefined)[] = new Array(PLACES).fill(undefined);

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  /** The word that a text is; undefined: it is too long, or not of plain ASCII. */
  of(slot: number): Word | undefined {
    const { bytes, from, to, isEscaped } = this.#slots;
    const start = from[slot]!;
    const length = to[slot]! - start;
    if (length === 0 || length > MOST_BYTES || isEscaped[slot] === 1) return undefined;
    let hash = length;
    for (let i = 0; i < length; i++) {
      const code = bytes[start + i]!;
      if (code >= 127) return undefined;
      hash = (hash * 31 + code) | 0;
    }
    const place = (hash ^ (hash >>> 9)) & (PLACES - 1);
    const present = this.#places[place];
    if (present !== undefined && isText(present.text, bytes, start, length)) return present;
    const word = new Word(bytes.latin1Slice(start, start + length));
    this.#places[place] = word;
    return word;
  }
}

function isText(text: string, bytes: Uint8Array, at: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[at + i]) return false;
  return true;
}
