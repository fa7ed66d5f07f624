import { Double } from '../core/double.ts';
import { type Fields, isFields } from '../core/event.ts';

/*
 * Message templates (Serilog, NLog, Microsoft's logging): a text with holes that the event's own fields fill.
 *
 *     {"@mt":"Order {OrderId} took {Elapsed:0.0} ms","@r":["12.3"],"OrderId":17,"Elapsed":12.34}     Order 17 took 12.3 ms
 */

/** `{Name}`, `{@Name}`, `{$Name}`, `{Name,10}`, `{Name:format}`; `{{` and `}}` are brackets. */
const HOLE = /\{\{|\}\}|\{[@$]?([\w.]{1,100})(?:,-?\d{1,3})?(?::([^{}]{0,100}))?\}/g;
const MAX_TEXT = 64 * 1024;

/** The text of a template; a hole that nothing fills stays. Longer than 64 KiB: the template itself. */
export function renderTemplate(template: string, fields: Fields): string {
  if (!template.includes('{') && !template.includes('}')) return template;
  const properties = fields['Properties'];
  // Compact JSON has the texts of the holes with a format beside it, in their order.
  const renderings = Array.isArray(fields['@r']) ? fields['@r'].values() : undefined;
  let length = 0;
  const text = template.replace(HOLE, (hole: string, name: string | undefined, format: string | undefined) => {
    if (name === undefined) return hole[0]!;
    const rendered: unknown = format === undefined ? undefined : renderings?.next().value;
    const value = rendered ?? fields[name] ?? (isFields(properties) ? properties[name] : undefined);
    if (value === undefined || length > MAX_TEXT) return hole;
    const filled = rendered === undefined ? shown(value, format) : String(rendered);
    length += filled.length;
    return filled;
  });
  return length > MAX_TEXT ? template : text;
}

function shown(value: unknown, format: string | undefined): string {
  if (typeof value === 'string') return value;
  const number = value instanceof Double ? value.value : value;
  if (typeof number === 'number' && format !== undefined) {
    // `0.00`, `F2`, `N2`.
    const digits = /^#?,?[#0]*\.(0+)#*$/.exec(format)?.[1]?.length ?? /^[FN](\d)$/i.exec(format)?.[1];
    if (digits !== undefined) return number.toFixed(Number(digits));
  }
  if (typeof number === 'object' && number !== null) return JSON.stringify(number, plain) ?? '';
  return String(number);
}

const plain = (_: string, value: unknown): unknown =>
  value instanceof Double ? value.value : typeof value === 'bigint' ? String(value) : value;
