import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reusablePort } from '../support/free-port.ts';
import { type Case, type Result, send } from './measure.ts';
import { cpuSeconds, forgetPeak, peakMb, untilIdle } from './processes.ts';
import { startSink } from './sink.ts';

/*
 * The same work by Fluent Bit: forward in, Apache's combined lines parsed by its own regular expression (the one it
 * ships), chunks on the disk (`storage.type filesystem`, `storage.sync full` as we fsync), JSON lines out over HTTP.
 */
const LIMIT_MS = 300_000;

const config = (dir: string, port: number, sink: URL): string => `
[SERVICE]
    Flush            1
    Log_Level        error
    Parsers_File     ${dir}/parsers.conf
    storage.path     ${dir}/storage
    storage.sync     full
    storage.checksum on
    storage.max_chunks_up 128
[INPUT]
    Name             forward
    Listen           127.0.0.1
    Port             ${port}
    storage.type     filesystem
[FILTER]
    Name             parser
    Match            *
    Key_Name         log
    Parser           apache
    Preserve_Key     On
    Reserve_Data     On
[OUTPUT]
    Name             http
    Match            *
    Host             127.0.0.1
    Port             ${sink.port}
    URI              /lines
    Format           json_lines
    json_date_key    @timestamp
    json_date_format iso8601
`;

const PARSERS = `
[PARSER]
    Name   apache
    Format regex
    Regex  ^(?<host>[^ ]*) [^ ]* (?<user>[^ ]*) \\[(?<time>[^\\]]*)\\] "(?<method>\\S+)(?: +(?<path>[^\\"]*?)(?: +\\S*)?)?" (?<code>[^ ]*) (?<size>[^ ]*)(?: "(?<referer>[^\\"]*)" "(?<agent>.*)")?$
    Time_Key time
    Time_Format %d/%b/%Y:%H:%M:%S %z
`;

export async function fluentBit(one: Case, binary: string): Promise<Result> {
  const dir = mkdtempSync(join(tmpdir(), 'longshore-bench-peer-'));
  const sink = await startSink();
  const port = await reusablePort();
  writeFileSync(join(dir, 'parsers.conf'), PARSERS);
  writeFileSync(join(dir, 'peer.conf'), config(dir, port, new URL(sink.url)));
  const peer = spawn(binary, ['--quiet', '--config', join(dir, 'peer.conf')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    await untilListening(port);
    const { name: _, store: __, buffer: ___, searches, ...job } = one;
    const pid = peer.pid!;
    const warm = await send({ ...job, events: Math.min(one.events, 60_000), port, round: 1 });
    await sink.received(warm.events, LIMIT_MS);
    await untilIdle([pid], LIMIT_MS);
    forgetPeak(pid);
    const before = cpuSeconds(pid);
    const started = performance.now();
    const load = await send({ ...job, port, round: 2 });
    await sink.received(warm.events + load.events, LIMIT_MS);
    const seconds = (performance.now() - started) / 1000;
    await untilIdle([pid], LIMIT_MS);
    return {
      case: one.name,
      events: load.events,
      events_per_second: Math.round(load.events / load.seconds),
      stored_per_second: Math.round(load.events / seconds),
      cpu_us_per_event: ((cpuSeconds(pid) - before) * 1e6) / load.events,
      store_cpu_us_per_event: 0,
      redis_cpu_us_per_event: 0,
      rss_mb: peakMb(pid),
      store_rss_mb: 0,
      ack_p50_ms: load.p50,
      ack_p99_ms: load.p99,
      ack_max_ms: load.max,
      searches: 0,
    };
  } finally {
    await end(peer);
    await sink.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function untilListening(port: number): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const isThere = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      sleep(500, false),
    ]);
    socket.destroy();
    if (isThere) return;
    await sleep(100);
  }
  throw new Error('Fluent Bit did not start');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
