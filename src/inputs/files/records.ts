import { type Fields, isFields, newFields } from '../../core/event.ts';
import { needsCare, readRecord } from '../json/record.ts';
import type { Line } from './lines.ts';
import type { ContainerOfPath, PodOfFile } from './pods.ts';

export const FORMATS = ['auto', 'text', 'docker', 'cri'] as const;
export type Format = (typeof FORMATS)[number];

/** What is the same for all lines of a file. */
export interface FileFacts {
  readonly path: string;
  readonly format: Format;
  readonly hostname: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What the path of a container's log says of it. */
export interface ContainerFacts {
  readonly containerId?: string | undefined;
  readonly kubernetes?: Fields | undefined;
}

/**
 * `/var/lib/docker/containers/<id>/<id>-json.log`, `/var/log/containers/<pod>_<namespace>_<container>-<id>.log`,
 * `/var/log/pods/<namespace>_<pod>_<uid>/<container>/<restarts>.log`.
 */
export function containerOfPath(path: string): ContainerFacts {
  const docker = /\/([0-9a-f]{64})\/\1-json\.log(?:\.\d+)?$/.exec(path);
  if (docker !== null) return { containerId: docker[1] };
  const linked = /\/([^/_]+)_([^/_]+)_([^/_]+)-([0-9a-f]{64})\.log$/.exec(path);
  if (linked !== null) {
    const [, pod, namespace, container, id] = linked;
    return {
      containerId: id,
      kubernetes: { namespace_name: namespace, pod_name: pod, container_name: container, docker_id: id },
    };
  }
  const pods = /\/pods\/([^/_]+)_([^/_]+)_([^/_]+)\/([^/]+)\/\d+\.log(?:\.[\d-]+)?$/.exec(path);
  if (pods === null) return {};
  const [, namespace, pod, uid, container] = pods;
  return { kubernetes: { namespace_name: namespace, pod_name: pod, pod_id: uid, container_name: container } };
}

export interface FileRecord {
  readonly record: Fields;
  /** Epoch milliseconds; NaN: the line has none of its own. */
  readonly time: number;
}

/** Makes the records of one file. */
export class Records {
  readonly #facts: FileFacts;
  readonly #container: ContainerFacts;
  /** The container of a pod that writes the file; undefined: its path names none. */
  readonly container: ContainerOfPath | undefined;
  /** What is known of that pod beyond the path, for the lines that come. */
  pod: PodOfFile | undefined;

  constructor(facts: FileFacts) {
    this.#facts = facts;
    this.#container = containerOfPath(facts.path);
    const { kubernetes, containerId: id } = this.#container;
    if (kubernetes === undefined) return;
    const { namespace_name, pod_name, pod_id, container_name } = kubernetes as Record<string, string | undefined>;
    this.container = { namespace: namespace_name!, pod: pod_name!, uid: pod_id, container: container_name!, id };
  }

  /** Pure: the same line of the same pod gives a new, equal record again. */
  of({ text, cutBytes }: Line): FileRecord {
    const { format } = this.#facts;
    let found: FileRecord | undefined;
    if (format === 'docker' || (format === 'auto' && text.startsWith('{"log":"'))) found = this.#docker(text);
    else if (format === 'cri' || (format === 'auto' && isCri(text))) found = this.#cri(text);
    const made = found ?? this.#text(text);
    const { record } = made;
    if (cutBytes > 0) record['truncated_bytes'] = cutBytes;
    const { fields } = this.#facts;
    for (const name in fields) if (record[name] === undefined) record[name] = structuredClone(fields[name]);
    return made;
  }

  #text(text: string): FileRecord {
    const record = newFields();
    record['message'] = text.toWellFormed();
    record['log'] = { file: { path: this.#facts.path } };
    record['hostname'] = this.#facts.hostname;
    this.#addContainer(record);
    return { record, time: Number.NaN };
  }

  #docker(text: string): FileRecord | undefined {
    if (!text.endsWith('}')) return undefined;
    const parsed = readRecord(text, MAX_DEPTH, needsCare(text));
    if (typeof parsed === 'string') return undefined;
    const { log, stream, time, attrs } = parsed as { log?: unknown; stream?: unknown; time?: unknown; attrs?: unknown };
    if (typeof log !== 'string' || typeof stream !== 'string' || typeof time !== 'string') return undefined;
    const record = newFields();
    record['log'] = log;
    record['source'] = stream;
    this.#addContainer(record);
    record['hostname'] = this.#facts.hostname;
    if (isFields(attrs)) for (const name in attrs) record[name] ??= attrs[name];
    // A last line without its end looks the same, but for its length.
    if (!log.endsWith('\n') && log.length * 3 >= PIECE_BYTES && Buffer.byteLength(log) >= PIECE_BYTES)
      record['partial_message'] = 'true';
    return { record, time: Date.parse(time) };
  }

  #cri(text: string): FileRecord | undefined {
    const found = CRI.exec(text);
    if (found === null) return undefined;
    const record = newFields();
    record['log'] = text.slice(found[0].length).toWellFormed();
    record['source'] = found[2];
    this.#addContainer(record);
    record['hostname'] = this.#facts.hostname;
    if (found[3] === 'P') record['partial_message'] = 'true';
    return { record, time: Date.parse(found[1]!) };
  }

  #addContainer(record: Fields): void {
    const { containerId, kubernetes } = this.#container;
    if (containerId !== undefined) record['container_id'] = containerId;
    if (this.pod !== undefined) record['kubernetes'] = this.pod.kubernetes();
    else if (kubernetes !== undefined) record['kubernetes'] = { ...kubernetes };
  }
}

const CRI =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[-+]\d\d:\d\d)) (stdout|stderr) ([FP])(?::[^ ]*)?(?: |$)/;
const isCri = (text: string): boolean => text.charCodeAt(4) === 0x2d && text.charCodeAt(10) === 0x54 && CRI.test(text);
/** Docker cuts lines into pieces of so many bytes. */
const PIECE_BYTES = 16 * 1024;
const MAX_DEPTH = 64;
