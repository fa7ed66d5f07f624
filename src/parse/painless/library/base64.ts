import { ScriptFailure } from '../failure.ts';
import { Byte } from '../values.ts';
import { javaClass } from './define.ts';
import type { JavaClass } from './java-class.ts';
import { JavaObject } from './java-object.ts';

/** The bytes of a text, as strictly as Java reads it. `isUrl`: with `-` and `_`. Throws IllegalArgumentException. */
export function decodeBase64(text: string, isUrl: boolean): Uint8Array {
  const shown = isUrl ? /^[A-Za-z0-9_-]*={0,2}$/ : /^[A-Za-z0-9+/]*={0,2}$/;
  const length = text.replace(/=+$/, '').length;
  if (!shown.test(text)) throw new ScriptFailure('IllegalArgumentException', 'Illegal base64 character');
  if (length % 4 === 1 || (text.length !== length && text.length % 4 !== 0))
    throw new ScriptFailure('IllegalArgumentException', 'Input byte array has wrong 4-byte ending unit');
  return Buffer.from(text, isUrl ? 'base64url' : 'base64');
}

export const bytesOf = (bytes: Iterable<number>): Byte[] => Array.from(bytes, byte => new Byte(byte));
const rawOf = (bytes: readonly Byte[]): Buffer => Buffer.from(bytes.map(byte => byte.value & 0xff));

type Kind = 'plain' | 'url' | 'mime';

class Base64 extends JavaObject {
  readonly name: 'Encoder' | 'Decoder';
  readonly kind: Kind;
  readonly isPadded: boolean;

  constructor(name: 'Encoder' | 'Decoder', kind: Kind, isPadded = true) {
    super();
    this.name = name;
    this.kind = kind;
    this.isPadded = isPadded;
  }
  get javaName(): string {
    return `java.util.Base64$${this.name}`;
  }
  toText(): string {
    return this.javaName;
  }
  encode(bytes: readonly Byte[]): string {
    const text = rawOf(bytes).toString('base64');
    const plain = this.isPadded ? text : text.replace(/=+$/, '');
    if (this.kind === 'url') return plain.replaceAll('+', '-').replaceAll('/', '_');
    return this.kind === 'mime' ? (plain.match(/.{1,76}/g) ?? []).join('\r\n') : plain;
  }
  decode(text: string): Byte[] {
    const plain = this.kind === 'mime' ? text.replace(/[^A-Za-z0-9+/=]/g, '') : text;
    return bytesOf(decodeBase64(plain, this.kind === 'url'));
  }
}

export const base64Classes: readonly JavaClass[] = [
  javaClass('java.util.Base64', {
    is: () => false,
    statics: {
      'Base64.Decoder getDecoder()': () => new Base64('Decoder', 'plain'),
      'Base64.Encoder getEncoder()': () => new Base64('Encoder', 'plain'),
      'Base64.Decoder getMimeDecoder()': () => new Base64('Decoder', 'mime'),
      'Base64.Encoder getMimeEncoder()': () => new Base64('Encoder', 'mime'),
      'Base64.Decoder getUrlDecoder()': () => new Base64('Decoder', 'url'),
      'Base64.Encoder getUrlEncoder()': () => new Base64('Encoder', 'url'),
    },
  }),
  javaClass('java.util.Base64$Encoder', {
    is: value => value instanceof Base64 && value.name === 'Encoder',
    methods: {
      'String encodeToString(byte[])': (self: Base64, bytes: Byte[]) => self.encode(bytes),
      'Base64.Encoder withoutPadding()': (self: Base64) => new Base64('Encoder', self.kind, false),
    },
  }),
  javaClass('java.util.Base64$Decoder', {
    is: value => value instanceof Base64 && value.name === 'Decoder',
    methods: { 'byte[] decode(String)': (self: Base64, text: string) => self.decode(text) },
  }),
];
