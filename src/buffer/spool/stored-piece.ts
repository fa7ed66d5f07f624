/** A piece as it comes from its owner: plain JSON values, told apart by `id`. */
export interface PlainPiece {
  id: string;
  [key: string]: unknown;
}

/** A piece in the form in which it lies in logs and in the journal: it is made JSON once, and its size is known. */
export interface StoredPiece {
  readonly id: string;
  readonly json: string;
  /** Of `json` as UTF-8. */
  readonly bytes: number;
}

/** Throws when the piece is longer than a text can be, or has values that JSON does not know. */
export function storedPiece(piece: PlainPiece): StoredPiece {
  const json = JSON.stringify(piece);
  return { id: piece.id, json, bytes: Buffer.byteLength(json) };
}

export const plainPiece = ({ json }: StoredPiece): PlainPiece => JSON.parse(json) as PlainPiece;

/** JSON arrays of the pieces, each of about `maxBytes` at the most (or one piece). */
export function* arraysOf(pieces: Iterable<StoredPiece>, maxBytes: number): Generator<string> {
  let texts: string[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    if (bytes > 0 && bytes + piece.bytes > maxBytes) {
      yield `[${texts.join(',')}]`;
      texts = [];
      bytes = 0;
    }
    texts.push(piece.json);
    bytes += piece.bytes;
  }
  if (texts.length > 0) yield `[${texts.join(',')}]`;
}
