import { EVENT_TARGETS } from '../targets.ts';
import type { EventShape, Item } from './event-shape.ts';
import { END, OBJECT } from './event-steps.ts';

/** What the names of an event decide, for people to read: where declared fields come from, and what else is written. */
export function shapeText(shape: EventShape): string {
  const lines: string[] = [];
  const times = [...(shape.given < 0 ? [] : ['@timestamp']), ...shape.timeNames];
  lines.push(`@timestamp <- ${[...times, 'the start of the message', 'the time of the sender'].join(', else ')}`);
  EVENT_TARGETS.forEach((name, target) => {
    const rows = shape.rows.filter(row => row.target === target);
    const sources = rows.map(({ row: { path, mapping } }) => `${path}${mapping.keep === true ? '' : ' (which goes)'}`);
    if (shape.own[target]! >= 0) sources.unshift('itself');
    if (sources.length > 0) lines.push(`${name} <- ${sources.join(', else ')}`);
  });
  for (const [name, items] of Object.entries({
    labels: shape.labels,
    kubernetes: shape.kubernetes,
    fields: shape.rest,
  }))
    if (items.length > 0) lines.push(`${name}:`, ...itemLines(items));
  return lines.join('\n');
}

function itemLines(items: readonly Item[]): string[] {
  const lines: string[] = [];
  let depth = 1;
  for (const { kind, bytes, vanishes } of items) {
    if (kind === END) depth--;
    else
      lines.push(`${'  '.repeat(depth)}${Buffer.from(bytes)}${vanishes === undefined ? '' : ' unless all of it goes'}`);
    if (kind === OBJECT) depth++;
  }
  return lines;
}
