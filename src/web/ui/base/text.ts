/**
 * A value of a log as it can be shown: without colour codes of terminals, with control characters and turns of the reading
 * direction made visible; objects as JSON. What comes from logs goes into the page through this, as text, never as markup.
 */
export function clean(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value, null, 1) : String(value);
  return text
    .replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g, '')
    .replace(/[\x80-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\ufffd')
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, c => String.fromCharCode(c === '\x7f' ? 0x2421 : 0x2400 + c.charCodeAt(0)));
}

/** The same in one line. */
export function cleanLine(value: unknown): string {
  return clean(typeof value === 'object' && value !== null ? JSON.stringify(value) : value).replace(/\n/g, '␤');
}
