// Sends lines through npm's winston and winston-loki. See ../README.md.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

/** The part of the libraries that is used here. */
interface LokiTransport {
  flush(): Promise<void>;
  batcher: { circuitBreakerInterval: number; batch: { streams: unknown[] } };
}
interface Winston {
  format: { printf(line: (info: { message: string }) => string): object };
  createLogger(options: object): { warn(message: string, labels: object): void };
}
const require = createRequire(import.meta.url);
const Transport = require('winston-loki') as new (options: object) => LokiTransport;
const winston: Winston = require('winston');

const { port, tag, count, pause, ...options } = JSON.parse(process.argv[2]!) as {
  port: number;
  tag: string;
  count: number;
  pause: boolean;
};
const transport = new Transport({
  host: `http://127.0.0.1:${port}`,
  labels: { app: 'shop', case: tag, pod: 'shop-7d9' },
  format: winston.format.printf(({ message }) => message),
  interval: 0.05,
  gracefulShutdown: false,
  onConnectionError: (error: Error) => process.stderr.write(`${error.message}\n`),
  ...options,
});
// It rests for a minute after a failure otherwise.
transport.batcher.circuitBreakerInterval = 50;
const logger = winston.createLogger({ transports: [transport] });

/** What could not be sent is in the batch again when a flush ends. */
async function sent(): Promise<void> {
  do await transport.flush();
  while (transport.batcher.batch.streams.length > 0);
}

const input = createInterface({ input: process.stdin });
for (let n = 0; n < count; n++) {
  logger.warn(`event ${n} 안녕`, { labels: { half: n < count / 2 ? 'first' : 'second' } });
  if (n !== count / 2 - 1 || !pause) continue;
  await sent();
  process.stdout.write('half\n');
  await once(input, 'line');
}
await sent();
process.stdout.write('done\n');
process.exit(0);
