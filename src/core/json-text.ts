/**
 * JSON of whatever a sender gave: what JSON does not know becomes text. Never throws; what is too long even for a text is
 * said to be that.
 */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value, plain) ?? String(value);
  } catch (error) {
    return `(cannot be shown: ${error instanceof Error ? error.message : 'unknown'})`;
  }
}

function plain(this: Record<string, unknown>, key: string, value: unknown): unknown {
  // A Buffer has made itself an array of numbers by now.
  const given = this[key];
  if (given instanceof Uint8Array) return utf8.decode(given);
  return typeof value === 'bigint' ? String(value) : value;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
