import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, clientFor } from './client.ts';
import { type Command, wholeNumber } from './command.ts';
import { batches, unpacked } from './send/batches.ts';
import { nameOf, Sender, type Sum, told } from './send/sender.ts';

/** What a pipe brings is sent when it pauses for so long. */
const PAUSE_MS = 500;

export const sendCommand: Command = {
  name: 'send',
  usage: `longshore send FILE... | -

      --tag TAG          tag of the events (default: send)
      --retry-s N        how long to try while nobody takes lines (default: 60)
${CLIENT_USAGE}

Each line is an event, parsed by the pipelines: JSON, access logs, stack traces. Times are those of the lines, so old logs come
to their own days; those before event.clamp_past_days get the time of arrival, and keep their own in event_time_original.
Files that are compressed with gzip or zstd are read as they are; - is standard input. Each batch has an id: a file that was
interrupted can be sent again within buffer.retry_horizon_ms, and what is there already is not stored twice; 'longshore import
logs' remembers it for good. Lines of standard input have ids for the retries of one run only. Exit code 1 if not all was taken; what was is said. Needs a token with the scope ingest, if there are tokens.`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...CLIENT_OPTIONS, tag: { type: 'string' }, 'retry-s': { type: 'string' } },
      allowPositionals: true,
    });
    if (positionals.length === 0)
      throw new LongshoreError('LS_CLI_SEND', 'nothing says what to send.', {
        fix: 'Name files, or write - for standard input.',
      });
    const sender = new Sender(
      clientFor(values, io.env),
      values.tag ?? 'send',
      wholeNumber('--retry-s', values['retry-s'], 60) * 1000,
      io.stderr,
    );
    let isWhole = true;
    for (const name of positionals) {
      const sum = { events: 0, bytes: 0 };
      try {
        await sendAll(sender, name, name === '-' ? io.stdin : createReadStream(name), sum);
        io.stdout.write(`${told(sum)} of ${nameOf(name)}\n`);
      } catch (error) {
        isWhole = false;
        io.stderr.write(`longshore send: ${nameOf(name)}: ${messageOf(error)}\n${told(sum)} of it\n`);
      }
    }
    return isWhole ? 0 : 1;
  },
};

/** Sends everything, and counts in `sum` what was taken. */
async function sendAll(sender: Sender, name: string, source: Readable, sum: Sum): Promise<void> {
  const run = name === '-' ? randomUUID() : undefined;
  for await (const batch of batches(await unpacked(source), name === '-' ? PAUSE_MS : undefined)) {
    // The same bytes at the same place of a file of this name.
    const id =
      run === undefined
        ? createHash('sha256').update(`${name}\0${sum.bytes}\0`).update(batch).digest('hex')
        : `${run}:${sum.bytes}`;
    sum.events += await sender.post(batch, id);
    sum.bytes += batch.length;
    sender.show(`${told(sum)} of ${nameOf(name)}`);
  }
  sender.shown();
}
