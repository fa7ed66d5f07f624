import { Double } from '../../base/number/double.ts';

/** JSON in which numbers are what they are to pipelines: whole doubles as `5.0`, longs with all their digits. */
export function exactJson(value: unknown): string {
  if (value instanceof Double) return Number.isInteger(value.value) ? wholeDouble(value.value) : String(value.value);
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(item => exactJson(item === undefined ? null : item)).join(',')}]`;
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString());
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${exactJson(member)}`).join(',')}}`;
}

function wholeDouble(value: number): string {
  const text = String(Object.is(value, -0) ? 0 : value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
