import type { Settings } from '../../app/settings.ts';
import { eventOf } from '../../app/slices.ts';
import { WaysOfDocuments } from '../../ingest/compiled/ways.ts';
import { printable } from '../format.ts';
import { print } from '../output.ts';
import { inputOf, linesOf } from './lines.ts';
import { loadSet } from './load-set.ts';
import type { Records } from './records.ts';

export interface ShownWays {
  readonly lines?: string | undefined;
  readonly pipeline?: string | undefined;
}

/** `--compiled`: how each line becomes its document; what was told of another line already is told by its number. The exit code. */
export async function showWays(
  values: ShownWays,
  records: Records,
  settings: Settings,
  io: NodeJS.Process,
): Promise<number> {
  const { pipelines, mistakes } = loadSet(settings, values.pipeline);
  for (const mistake of mistakes) io.stderr.write(`longshore: left out: ${printable(mistake.message)}\n`);
  const ways = new WaysOfDocuments(pipelines, eventOf(settings));
  const told = new Map<string, number>();
  for await (const lines of linesOf(inputOf(values.lines, io))) {
    for (const line of lines) {
      const given = records.of(line);
      if (given === undefined) continue;
      const { record, number, tag, time, receivedAt } = given;
      const text = ways.of(record, { tag, time, receivedAt });
      const before = told.get(text);
      if (before === undefined) told.set(text, number);
      const way = before === undefined ? printable(text.trimEnd()) : `as line ${before}`;
      if (!(await print(io.stdout, `line ${number}: ${way}\n`))) return 0;
    }
  }
  if (records.count === 0) io.stderr.write('longshore: there was no line\n');
  return records.count === 0 ? 1 : 0;
}
