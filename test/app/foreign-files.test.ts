import { globSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';

/** Path in data_dir -> content. Names as ours and others, in every folder. */
const FOREIGN: Record<string, string | Buffer> = {
  'README.txt': 'who put this here',
  '.DS_Store': Buffer.alloc(100, 7),
  'lost+found/#12345': 'found',
  'spool/w0/notes.log': 'not a number',
  'spool/w0/0000000000000001.log': '',
  'spool/w0/0000000000000002.log': Buffer.from('not a record at all, but under the name of a log'),
  'spool/w0/0000000000000003.done': Buffer.alloc(64, 0xff),
  'spool/w0/journal-9999999999.tmp': 'half',
  'spool/w7/0000000000000001.log': Buffer.alloc(10),
  'chunks/.0000000000000004.w0.20261119.tmp': '{"half": ',
  'chunks/copy of something.ndjson': '{"a":1}\n',
  'chunks/0000000000000005.w0.20261119.1.0.0.ndjson': '',
  'chunks/0000000000000006.w0.20261119.2.1.2.ndjson':
    '{"_id":"cut","seq":1,"@timestamp":"2026-11-19T00:00:00.000Z","mess',
  'chunks/0000000000000007.w0.20261119.1.1.1.ndjson': Buffer.alloc(300, 0xfe),
  'store/notes': 'x',
  'store/tmp/half.parquet': Buffer.alloc(50),
  'store/segments/docker-logs-2026.11.19/1_2_3_4_torn-1.parquet': Buffer.from('PAR1 torn'),
  'store/segments/docker-logs-2026.11.19/holiday.jpg': Buffer.alloc(50, 1),
  'store/segments/docker-logs-2026.11.19/fields.json': '{"names": [1, null, "ok"',
  'store/segments/docker-logs-2026.11.18/1_2_3_4_empty-1.parquet': '',
  'store/segments/docker-logs-2026.13.45/x': 'no such day',
  'store/segments/not a day/x': 'x',
  'alerts/alerts.json.tmp': '{',
};

test('torn, cut and foreign files never keep it from starting, and cost no event', async () => {
  const first = await Longshore.start({
    rules: {},
    set: { 'store.seal_rows': '100', 'store.seal_max_age_ms': '3000', 'buffer.chunk_max_age_ms': '50' },
  });
  let current = first;
  try {
    const send = async (port: number, name: string) => {
      const sender = await ForwardSender.connect(port);
      sender.forward(
        'app',
        Array.from({ length: 150 }, (_, i) => dockerRecord(`INFO kept ${name} ${i}`)),
        name,
      );
      await sender.acknowledged(1);
      sender.close();
    };
    await send(first.ready.forward, 'one');
    await first.stop();

    const data = join(first.dataDir, 'data');
    for (const [path, content] of Object.entries(FOREIGN)) {
      mkdirSync(dirname(join(data, path)), { recursive: true });
      writeFileSync(join(data, path), content);
    }
    current = await first.again();
    await current.untilReady();
    expect((await current.search('kept')).total).toBe(150);
    await send(current.ready.forward, 'two');
    expect((await current.search('kept')).total).toBe(300);
    expect(await current.stop()).toBe(0);

    // The state of alerts is damaged, and the last log has a torn tail.
    writeFileSync(join(data, 'alerts', 'state', '0000000001.log'), '{"version":1,"rul');
    current = await current.again();
    await send(current.ready.forward, 'three');
    await current.kill();
    const torn = globSync(join(data, 'spool', 'w0', '*.log')).filter(path => readFileSync(path).length > 0);
    for (const path of torn) {
      const { length } = readFileSync(path);
      writeFileSync(path, Buffer.alloc(37, 0x5a), { flag: 'a' });
      truncateSync(path, length + 36);
    }
    current = await current.again();
    await current.untilReady();
    expect((await current.search('kept')).total).toBe(450);
    // What is not ours is kept for whoever put it there, or put aside, but not deleted.
    expect(readFileSync(join(data, 'README.txt'), 'utf8')).toBe('who put this here');
    expect(readFileSync(join(data, 'chunks', 'copy of something.ndjson'), 'utf8')).toBe('{"a":1}\n');
  } finally {
    await current.kill();
    rmSync(first.dataDir, { recursive: true, force: true });
  }
});
