/** What the operating system knows of a process (Linux: proc(5)). */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Clock ticks a second; 100 on every Linux that Node runs on. */
const TICKS = 100;

/** CPU seconds so far, user and system (fields 14 and 15 of `stat`). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** The most memory it had since the last `forgetPeak`, in MB. */
export function peakMb(pid: number): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024);
}

export function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Where that is not allowed, the peak is the one since its start.
  }
}

export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

/** Waits until the processes together use less than a tenth of a core for a second. */
export async function untilIdle(pids: readonly number[], limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  const used = (): number => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  for (let before = used(); performance.now() < deadline; ) {
    await sleep(1000);
    const now = used();
    if (now - before < 0.1) return;
    before = now;
  }
}
