// Sends events through npm's gelf-pro. See ../README.md.
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';

/** The part of the library that is used here. */
interface GelfPro {
  setConfig(config: object): void;
  message(text: string | Error, level: number, extra: object, done: (error?: Error) => void): void;
}
const gelf: GelfPro = createRequire(import.meta.url)('gelf-pro');

const { port, tag, count, kind, ...options } = JSON.parse(process.argv[2]!) as {
  port: number;
  tag: string;
  count: number;
  kind: string;
};
gelf.setConfig({ adapterName: kind, adapterOptions: { host: '127.0.0.1', port, ...options }, fields: { case: tag } });

async function send(text: string | Error, extra: object): Promise<void> {
  const error = await new Promise<Error | undefined>(resolve => gelf.message(text, 4, extra, resolve));
  if (!error) return;
  process.stdout.write(`error: ${error.message}\n`);
  await delay(50);
}
for (let n = 0; n < count; n++) await send(`event ${n} 안녕`, { n, shop: { item: n } });
await send(new Error('no stock'), {});
process.stdout.write('done\n');
