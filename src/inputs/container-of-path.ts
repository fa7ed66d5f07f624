/** What the path of a log file says of the container that wrote it. */
export interface PathContainer {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly pod?: string | undefined;
  readonly namespace?: string | undefined;
  /** Of the pod. */
  readonly uid?: string | undefined;
}

const known = new Map<string, PathContainer | undefined>();
const MAX_PATHS = 1024;

/**
 * Reads the places where engines keep their logs: Docker's and nerdctl's `<id>/<id>-json.log`, Podman's
 * `overlay-containers/<id>/userdata/ctr.log`, the kubelet's `/var/log/containers/<pod>_<namespace>_<container>-<id>.log` and
 * `/var/log/pods/<namespace>_<pod>_<uid>/<container>/0.log`. Undefined for any other file.
 */
export function containerOfPath(path: string): PathContainer | undefined {
  if (known.has(path)) return known.get(path);
  const container = read(path);
  if (path.length <= 1024) {
    if (known.size >= MAX_PATHS) known.clear();
    known.set(path, container);
  }
  return container;
}

function read(path: string): PathContainer | undefined {
  const engine = DOCKER.exec(path) ?? PODMAN.exec(path);
  if (engine !== null) return { id: engine[1] };
  const link = LINK.exec(path);
  if (link !== null) return { pod: link[1], namespace: link[2], name: link[3], id: link[4] };
  const pod = POD.exec(path);
  if (pod !== null) return { namespace: pod[1], pod: pod[2], uid: pod[3], name: pod[4] };
  return undefined;
}

// The folder above is one's own where it is mounted. Rotated files end in a number (Docker) or a time (kubelet).
const DOCKER = /[/\\]([0-9a-f]{64})[/\\]\1-json\.log(?:\.\d+)?$/;
const PODMAN = /\/overlay-containers\/([0-9a-f]{64})\/userdata\/ctr\.log$/;
// Names of Kubernetes have no underscore.
const LINK = /\/([a-z0-9][a-z0-9.-]*)_([a-z0-9-]+)_([a-z0-9-]+)-([0-9a-f]{64})\.log$/;
const POD = /\/pods\/([a-z0-9-]+)_([a-z0-9.-]+)_([0-9a-f-]+)\/([a-z0-9-]+)\/\d+\.log(?:\.[\d-]+)?$/;
