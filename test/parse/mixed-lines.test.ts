import { expect, test } from 'vitest';
import { lineBudgets } from '../../src/base/regexp/line-budgets.ts';
import { seeded } from '../../src/cli/demo/containers.ts';
import { type Fields, newFields } from '../../src/core/event.ts';
import { Joiner } from '../../src/parse/join/joiner.ts';
import { createAdmit } from '../../src/schema/admit.ts';
import { levelOfText } from '../../src/schema/level-text.ts';
import { APPLICATIONS, RECEIVED, shipped, stored } from './applications.ts';

// On a busy machine any expression may be slow.
lineBudgets.setLimits({ slow_ms_per_container_second: 1e6, slow_ms_per_second: 1e6 });

const LINES = APPLICATIONS.flatMap(({ lines }) => lines.flatMap(({ line }) => line.split('\n')));
const LIMITS = { max_open_bytes: 1e8, max_event_bytes: 1e6, max_open_joins: 1000, docker_piece_timeout_ms: 1000 };
const admit = createAdmit();

/** The lines of one container in any order, as events: each with the lines that it was made of. */
function joined(lines: readonly string[]): string[][] {
  const joiner = new Joiner(LIMITS, levelOfText);
  const events: [place: number, lines: string[]][] = [];
  const take = (record: Fields, id: string): void => {
    events.push([Number(id), String(record['message']).split('\n')]);
  };
  lines.forEach((log, i) => {
    const meta = { tag: 'docker.app', time: RECEIVED, receivedAt: RECEIVED + i };
    const fields = admit(Object.assign(newFields(), { container_id: 'c1', source: 'stdout', log }), meta);
    const offered = joiner.line(fields, meta, String(i), '10.0.0.1', (event, at) => shipped.multilineFor(event, at));
    for (const { record, id } of offered?.complete ?? []) take(record, id);
    if (offered === undefined || offered.isAlone) take(fields, String(i));
  });
  for (const { record, id } of joiner.expire(RECEIVED + 1e9)) take(record, id);
  return events.sort(([a], [b]) => a - b).map(([, texts]) => texts);
}

function shuffled(lines: readonly string[], random: () => number): string[] {
  const out = [...lines];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

test.for([1, 2, 3, 4, 5, 6, 7, 8])('no line of a stream of all applications vanishes, nor comes twice (%i)', seed => {
  const lines = shuffled(LINES, seeded(seed));
  expect(joined(lines).flat()).toEqual(lines.map(line => line.replace(COLOURS, '')));
});
const COLOURS = /\u001b\[[0-9;]*m/g;

test('whatever was joined is an event without a failure', () => {
  for (const lines of joined(shuffled(LINES, seeded(9)))) {
    const event = stored(lines.join('\n'), 'none');
    expect(event['pipeline_error'], lines.join('\n')).toBeUndefined();
    expect(event['message'], lines.join('\n')).toBeTypeOf('string');
  }
});
