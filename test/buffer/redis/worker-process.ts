import { appendFileSync } from 'node:fs';
import type { RedisBufferOptions } from '../../../src/buffer/redis/options.ts';
import { RedisWorker } from '../../../src/buffer/redis/redis-worker.ts';
import { faultPoint } from '../../../src/core/fault.ts';
import { idsOf } from '../../support/chunks.ts';

// An index worker as a process of its own, to be killed: appends what it was given to a file, one JSON line each.
const [options, file] = process.argv.slice(2);
const note = (line: object): void => appendFileSync(file!, `${JSON.stringify(line)}\n`);

const worker = new RedisWorker(JSON.parse(options!) as RedisBufferOptions, {
  async write(data) {
    note({ begun: data.id });
    faultPoint('test.in_write');
    note({ written: idsOf(data.body) });
  },
  deadLetters: {
    async append([letter]) {
      note({ dead: idsOf(Buffer.from(letter!.document)), reason: letter!.reason });
    },
  },
});
await worker.start();
process.on('SIGTERM', () => void worker.stop(AbortSignal.timeout(2000)).then(() => process.disconnect?.()));
