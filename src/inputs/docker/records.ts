import { type Fields, newFields } from '../../core/event.ts';
import { type Container, fieldLabels } from './container.ts';
import type { PlacedLine } from './position.ts';

/** What is the same for all events of a container. */
export interface ContainerFacts {
  readonly container: Container;
  readonly hostname: string;
  /** Of the settings. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Makes the records of the lines of one container. */
export class LogRecords {
  readonly #id: string;
  #facts!: ContainerFacts;
  #labels: [string, string][] = [];

  constructor(facts: ContainerFacts) {
    this.#id = facts.container.id;
    this.facts = facts;
  }

  set facts(facts: ContainerFacts) {
    this.#facts = facts;
    this.#labels = fieldLabels(facts.container.labels);
  }

  get facts(): ContainerFacts {
    return this.#facts;
  }

  /** In the names of Docker's `fluentd` driver. Pure: the same line gives a new, equal record again. */
  of(line: PlacedLine): Fields {
    const { container, hostname } = this.#facts;
    const record = newFields();
    const { bytes, stream, piece, lineTime, cutBytes } = line;
    // A piece may end within a character.
    record['log'] = piece > 0 ? new Uint8Array(bytes) : bytes.toString('utf8');
    record['source'] = stream;
    record['container_id'] = this.#id;
    record['container_name'] = container.name;
    if (piece > 0) {
      record['partial_message'] = 'true';
      record['partial_id'] = `${this.#id}${stream}${lineTime}`;
      record['partial_ordinal'] = String(piece);
      record['partial_last'] = line.isWhole ? 'true' : 'false';
    }
    addFacts(record, container, hostname, this.#labels);
    if (cutBytes > 0) record['truncated_bytes'] = cutBytes;
    addFields(record, this.#facts.fields);
    return record;
  }
}

function addFacts(
  record: Fields,
  container: Container,
  hostname: string,
  labels: readonly (readonly [string, string])[],
): void {
  if (container.image !== '') record['image'] = container.image;
  if (hostname !== '') record['hostname'] = hostname;
  for (const [name, value] of labels) record[name] ??= value;
}

function addFields(record: Fields, fields: Readonly<Record<string, unknown>>): void {
  for (const name in fields) if (record[name] === undefined) record[name] = structuredClone(fields[name]);
}

/** A record of the engine's own about a container: an event, or what it uses. */
export function containerRecord({ container, hostname, fields }: ContainerFacts, message: string): Fields {
  const record = newFields();
  record['message'] = message;
  record['container_id'] = container.id;
  record['container_name'] = container.name;
  const labels = newFields();
  addFacts(record, container, hostname, []);
  for (const [name, value] of fieldLabels(container.labels)) labels[name] = value;
  if (Object.keys(labels).length > 0) record['labels'] = labels;
  addFields(record, fields);
  return record;
}
