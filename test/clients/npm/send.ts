// Sends events through npm's fluent-logger. See ../README.md.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

/** The part of the library that is used here; its own types don't know all options. */
interface FluentSender {
  emit(record: object, done: (error?: Error) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  end(): void;
}
const fluentLogger: { createFluentSender(tag: string, options: object): FluentSender } = createRequire(import.meta.url)(
  'fluent-logger',
);

const { port, tag, count, pause, ...options } = JSON.parse(process.argv[2]!) as {
  port: number;
  tag: string;
  count: number;
  pause: boolean;
};
const sender = fluentLogger.createFluentSender(tag, {
  host: '127.0.0.1',
  port,
  reconnectInterval: 100,
  flushInterval: 5,
  internalLogger: { info() {}, error() {} },
  ...options,
});
sender.on('error', error => say(`error: ${error.message}`));

const half = pause ? count / 2 : 0;
await send(0, half);
if (pause) {
  say('half');
  const input = createInterface({ input: process.stdin });
  await input[Symbol.asyncIterator]().next();
  input.close();
}
await send(half, count);
sender.end();
say('done');

/** Hands them all to the library; resolves when it has called back for each. */
async function send(from: number, to: number): Promise<void> {
  const sent: Promise<void>[] = [];
  for (let n = from; n < to; n++) {
    sent.push(
      new Promise(resolve => {
        sender.emit({ n, text: `event ${n} 안녕` }, error => {
          if (error !== undefined) say(`error: ${error.message}`);
          resolve();
        });
      }),
    );
  }
  await Promise.all(sent);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
