import { readdirSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const inst = await DuckDBInstance.create(':memory:', {
  threads: '1',
  memory_limit: '200MB',
  preserve_insertion_order: 'false',
  ...(process.env.OPT ? JSON.parse(process.env.OPT) : {}),
});
const c = await inst.connect();
for (const x of (process.env.SET ?? '').split(';')) if (x) await c.run(x);
const run = async (name: string, q: string) => {
  const u: number[] = [],
    y: number[] = [];
  for (let i = 0; i < 7; i++) {
    const b = process.cpuUsage();
    await (await c.run(q)).getRows?.();
    const a = process.cpuUsage(b);
    u.push(a.user / 1000);
    y.push(a.system / 1000);
  }
  u.sort((a, b) => a - b);
  y.sort((a, b) => a - b);
  console.log(name.padEnd(30), 'user', u[3]!.toFixed(1), 'sys', y[3]!.toFixed(1));
};
for (const d of process.argv.slice(2)) {
  const from = `read_parquet([${readdirSync(d)
    .map(f => `'${d}/${f}'`)
    .join()}])`;
  const ks = (
    await (await c.run(`SELECT seq FROM ${from} WHERE contains("fields.clientip", '10.1.2.3') ORDER BY seq`)).getRows()
  ).map(r => r[0]);
  await run(d + ' footer', `SELECT count(*) FROM ${from} WHERE seq < 0`);
  await run(d + ' rows', `SELECT * FROM ${from} WHERE seq IN (${ks.join()})`);
  await run(d + ' clientip', `SELECT count(*) FROM ${from} WHERE contains("fields.clientip", '10.1.2.3')`);
  await run(d + ' keys', `SELECT "@timestamp", seq FROM ${from} ORDER BY "@timestamp" desc, seq desc LIMIT 100`);
}
console.log('rss', process.memoryUsage.rss() / 1e6);
