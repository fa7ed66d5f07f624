import { type Fields, isFields } from '../../core/event.ts';
import { lookup } from '../lookup.ts';
import { pythonRepr, pythonStr } from '../python/str.ts';
import { shown, type Writing } from './values.ts';

interface Column {
  readonly path: string;
  readonly header: string;
}

/** Groups kept while counting; more are not told apart. */
const MAX_GROUPS = 10_000;

/** The table of distinct values and their counts (`summary_table_fields`) of an aggregated alert; `` without one. */
export function summaryTable(writing: Writing, matches: readonly Fields[], width: number): string {
  const { options } = writing;
  const columns = columnsOf(options['summary_table_fields']);
  if (columns.length === 0 || options['aggregation'] === undefined) return '';
  const headers = [...columns.map(column => column.header), 'count'];
  const paths = [...columns.map(column => column.path), 'count'];
  let rows = countRows(writing, columns, matches);
  const maxRows = options['summary_table_max_rows'];
  if (typeof maxRows === 'number') {
    rows = rows.toSorted((a, b) => Number(b.at(-1)) - Number(a.at(-1))).slice(0, Math.max(0, maxRows));
  }
  const prefix = pythonStr(options['summary_prefix'] ?? '');
  let text = prefix === '' ? '' : `${prefix}\n`;
  text += `Aggregation resulted in the following data for summary_table_fields ==> ${pythonRepr(paths)}:\n\n`;
  const type = options['summary_table_type'] ?? 'ascii';
  if (type === 'html') text = htmlTable(headers, rows);
  else text += `${type === 'markdown' ? markdownTable(headers, rows) : asciiTable(headers, rows, width)}\n`;
  if (typeof maxRows === 'number') text += `Showing top ${maxRows} rows\n`;
  return text + pythonStr(options['summary_suffix'] ?? '');
}

function columnsOf(value: unknown): Column[] {
  const list = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  return list.flatMap(one => {
    if (typeof one === 'string') return [{ path: one, header: one }];
    if (!isFields(one) || typeof one['path'] !== 'string') return [];
    return [{ path: one['path'], header: typeof one['header'] === 'string' ? one['header'] : one['path'] }];
  });
}

function countRows(writing: Writing, columns: readonly Column[], matches: readonly Fields[]): string[][] {
  const counts = new Map<string, { cells: string[]; count: number }>();
  for (const match of matches) {
    const cells = columns.map(({ path }) => pythonStr(shown(writing, lookup(match, path), path)));
    const key = JSON.stringify(cells);
    const row = counts.get(key);
    if (row !== undefined) row.count++;
    else if (counts.size < MAX_GROUPS) counts.set(key, { cells, count: 1 });
  }
  return [...counts.values()].map(({ cells, count }) => [...cells, String(count)]);
}

function markdownTable(headers: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return `${line(headers)}${'|-----'.repeat(headers.length)}|\n${rows.map(line).join('')}`;
}

/** Borders of `+-|`, `=` under the head; cells wrap when the table is wider than `width`. */
function asciiTable(headers: readonly string[], rows: readonly string[][], width: number): string {
  const widths = columnWidths([headers, ...rows], width);
  const border = (mark: string): string => `+${widths.map(size => mark.repeat(size + 2)).join('+')}+\n`;
  const line = (cells: readonly string[], centred: boolean): string => {
    const wrapped = cells.map((cell, i) => wrap(cell, widths[i]!));
    const height = Math.max(...wrapped.map(lines => lines.length));
    let out = '';
    for (let n = 0; n < height; n++) {
      const parts = wrapped.map((lines, i) => pad(lines[n] ?? '', widths[i]!, centred));
      out += `| ${parts.join(' | ')} |\n`;
    }
    return out;
  };
  return border('-') + line(headers, true) + border('=') + rows.map(row => line(row, false) + border('-')).join('');
}

function columnWidths(rows: readonly (readonly string[])[], width: number): number[] {
  const widths = rows[0]!.map((_, i) =>
    Math.max(1, ...rows.map(row => Math.max(...(row[i] ?? '').split('\n').map(line => [...line].length)))),
  );
  const room = Math.max(widths.length, width - 3 * widths.length - 1);
  while (widths.reduce((a, b) => a + b, 0) > room) {
    const widest = widths.indexOf(Math.max(...widths));
    const excess = widths.reduce((a, b) => a + b, 0) - room;
    const second = Math.max(1, ...widths.filter((_, i) => i !== widest));
    widths[widest] = Math.max(1, widths[widest]! - Math.max(1, Math.min(excess, widths[widest]! - second)));
  }
  return widths;
}

function wrap(cell: string, width: number): string[] {
  return cell.split('\n').flatMap(line => {
    const chars = [...line];
    const lines: string[] = [];
    for (let i = 0; i < chars.length; i += width) lines.push(chars.slice(i, i + width).join(''));
    return lines.length === 0 ? [''] : lines;
  });
}

function pad(text: string, width: number, centred: boolean): string {
  const missing = Math.max(0, width - [...text].length);
  const left = centred ? Math.floor(missing / 2) : 0;
  return ' '.repeat(left) + text + ' '.repeat(missing - left);
}

const CELL = 'padding-left: 1em; padding-right: 1em; text-align: center';

function htmlTable(headers: readonly string[], rows: readonly string[][]): string {
  const cells = (tag: string, style: string, row: readonly string[]): string =>
    row.map(cell => `            <${tag} style="${style}">${escapeHtml(cell)}</${tag}>\n`).join('');
  const line = (inner: string): string => `        <tr>\n${inner}        </tr>\n`;
  return (
    `<table frame="box" rules="all">\n    <thead>\n${line(cells('th', CELL, headers))}    </thead>\n    <tbody>\n` +
    `${rows.map(row => line(cells('td', `${CELL}; vertical-align: top`, row))).join('')}    </tbody>\n</table>`
  );
}

const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#x27;')
    .replaceAll('\n', '<br>');
