import { messageOf } from '../../../core/errors.ts';
import { ipBytes } from '../../ip.ts';
import { parseTypedJson } from '../../json-values.ts';
import { bytesOf, decodeUrl } from '../../processors/text.ts';
import { partsOf } from '../../processors/uri-parts.ts';
import type { Budget } from '../budget.ts';
import { illegalArgument, ScriptFailure } from '../failure.ts';
import { fromDocument } from '../values.ts';
import { javaClass } from './define.ts';
import type { JavaClass } from './java-class.ts';
import { JavaObject } from './java-object.ts';
import { isMap, mapPut } from './maps.ts';
import { toLong } from './numbers.ts';
import { typeName } from './type-name.ts';

/*
 * What Elasticsearch adds to Java for scripts.
 */

/** What a processor makes of a text, whose mistakes are those of the script here. */
function attempt<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof ScriptFailure) throw error;
    throw illegalArgument(messageOf(error), 'the text is not of this form');
  }
}

function json(text: unknown, budget: Budget): unknown {
  if (typeof text !== 'string') return text;
  budget.memory(text.length);
  budget.steps(1 + (text.length >> 4));
  return fromDocument(attempt(() => parseTypedJson(text).value));
}

const processorsClass = javaClass('org.elasticsearch.ingest.common.Processors', {
  is: () => false,
  statics: {
    'long bytes(String)': (text: string) => {
      const size = attempt(() => bytesOf(text));
      return typeof size === 'bigint' ? size : toLong(size);
    },
    'String lowercase(String)': (text: string) => text.toLowerCase(),
    'String uppercase(String)': (text: string) => text.toUpperCase(),
    'Object json(Object)': json,
    'void json(Map, String)': (into: object, key: string, budget: Budget) => {
      const text = (into as Record<string, unknown>)[key];
      const value = json(text, budget);
      if (!isMap(value)) throw illegalArgument('cannot add non-map fields to root of document');
      for (const [name, item] of Object.entries(value)) mapPut(into, name, item);
      return null;
    },
    'String urlDecode(String)': (text: string) => attempt(() => decodeUrl(text)),
    'Map uriParts(String)': (text: string) => {
      const parts = partsOf(text);
      if (parts === undefined) throw illegalArgument(`unable to parse URI [${text}]`, 'the text is no URI');
      return parts;
    },
  },
});

/** A network, as `10.0.0.0/8`, or a single address. */
class Cidr extends JavaObject {
  readonly #bytes: Uint8Array;
  readonly #bits: number;

  constructor(text: string) {
    super();
    const slash = text.lastIndexOf('/');
    const bytes = ipBytes(slash < 0 ? text : text.slice(0, slash));
    const bits =
      slash < 0
        ? (bytes?.length ?? 0) * 8
        : /^\d{1,3}$/.test(text.slice(slash + 1))
          ? Number(text.slice(slash + 1))
          : -1;
    if (bytes === undefined || bits < 0 || bits > bytes.length * 8)
      throw illegalArgument(`'${text}' is not an IP string literal.`, 'the text is no network');
    this.#bytes = bytes;
    this.#bits = bits;
  }
  get javaName(): string {
    return 'org.elasticsearch.painless.api.CIDR';
  }
  toText(): string {
    return 'CIDR';
  }
  has(text: string): boolean {
    const other = ipBytes(text);
    if (other === undefined) throw illegalArgument(`'${text}' is not an IP string literal.`, 'the text is no address');
    if (other.length !== this.#bytes.length) return false;
    for (let bit = 0; bit < this.#bits; bit += 8) {
      const mask = this.#bits - bit >= 8 ? 0xff : (0xff << (8 - (this.#bits - bit))) & 0xff;
      if ((other[bit >> 3]! & mask) !== (this.#bytes[bit >> 3]! & mask)) return false;
    }
    return true;
  }
}

const cidrClass = javaClass('org.elasticsearch.painless.api.CIDR', {
  is: value => value instanceof Cidr,
  constructors: { '(String)': (text: string) => new Cidr(text) },
  methods: {
    'boolean contains(String?)': (self: Cidr, text: string | null) => text !== null && text !== '' && self.has(text),
  },
});

const debugClass = javaClass('org.elasticsearch.painless.api.Debug', {
  is: () => false,
  statics: {
    'void explain(Object)': (value: unknown): never => {
      throw new ScriptFailure('PainlessExplainError', typeName(value));
    },
  },
});

export const elasticClasses: readonly JavaClass[] = [processorsClass, cidrClass, debugClass];
