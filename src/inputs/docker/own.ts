import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** What the kernel says of this process, and the name of the machine it believes to be on. */
export interface OwnTraces {
  readonly cgroup: string;
  readonly mounts: string;
  readonly hostname: string;
}

/**
 * The container that this process runs in, by its id; never where it runs in none. The cgroup names it (version 1), or the
 * files that Docker mounts into each container (`/etc/hostname`); its hostname is the first part of its id unless it was
 * given another one.
 */
export function ownContainer(traces: OwnTraces = tracesOf()): (id: string) => boolean {
  const ids = new Set<string>();
  for (const [, id] of traces.cgroup.matchAll(/\/(?:docker|docker-|libpod-|cri-containerd-)\/?([0-9a-f]{64})/g))
    ids.add(id!);
  for (const line of traces.mounts.split('\n')) {
    const found = /\/containers\/([0-9a-f]{64})\/(?:userdata\/)?(?:hostname|hosts|resolv\.conf)\s+\/etc\//.exec(line);
    if (found !== null) ids.add(found[1]!);
  }
  const short = /^[0-9a-f]{12}$/.test(traces.hostname) ? traces.hostname : undefined;
  return id => ids.has(id) || (short !== undefined && id.startsWith(short));
}

function tracesOf(): OwnTraces {
  return { cgroup: read('/proc/self/cgroup'), mounts: read('/proc/self/mountinfo'), hostname: hostname() };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
