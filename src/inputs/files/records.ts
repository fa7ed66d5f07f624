import { type Fields, isFields, newFields } from '../../core/event.ts';
import { containerOfPath } from '../container-of-path.ts';
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

export interface FileRecord {
  readonly record: Fields;
  /** Epoch milliseconds; NaN: the line has none of its own. */
  readonly time: number;
}

/** Makes the records of one file. */
export class Records {
  readonly #facts: FileFacts;
  readonly #containerId: string | undefined;
  /** In the names that Fluent Bit gives them. */
  readonly #kubernetes: Fields | undefined;
  /** The container of a pod that writes the file; undefined: its path names none. */
  readonly container: ContainerOfPath | undefined;
  /** What is known of that pod beyond the path, for the lines that come. */
  pod: PodOfFile | undefined;

  constructor(facts: FileFacts) {
    this.#facts = facts;
    const { id, name, pod, namespace, uid } = containerOfPath(facts.path) ?? {};
    this.#containerId = id;
    if (pod === undefined) return;
    this.#kubernetes = { namespace_name: namespace, pod_name: pod, container_name: name };
    if (uid !== undefined) this.#kubernetes['pod_id'] = uid;
    if (id !== undefined) this.#kubernetes['docker_id'] = id;
    this.container = { namespace: namespace!, pod, uid, container: name!, id };
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
    if (this.#containerId !== undefined) record['container_id'] = this.#containerId;
    if (this.pod !== undefined) record['kubernetes'] = this.pod.kubernetes();
    else if (this.#kubernetes !== undefined) record['kubernetes'] = { ...this.#kubernetes };
  }
}

const CRI =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[-+]\d\d:\d\d)) (stdout|stderr) ([FP])(?::[^ ]*)?(?: |$)/;
const isCri = (text: string): boolean => text.charCodeAt(4) === 0x2d && text.charCodeAt(10) === 0x54 && CRI.test(text);
/** Docker cuts lines into pieces of so many bytes. */
const PIECE_BYTES = 16 * 1024;
const MAX_DEPTH = 64;
