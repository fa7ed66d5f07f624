import { type Fields, newFields } from '../core/event.ts';

/** From where lines come that are tried. */
export interface Origin {
  readonly image?: string | undefined;
  readonly container?: string | undefined;
  readonly service?: string | undefined;
  readonly stream?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** Of lines that are read as those of one container. It is not shown. */
export const LINES_CONTAINER = '000000000000';

/** What records of this origin have beside their text. */
export function originFields({ image, container, service, stream, labels }: Origin): Fields {
  const fields = newFields();
  const given = { image, container_name: container, service, stream };
  for (const [name, value] of Object.entries(given)) if (value !== undefined) fields[name] = value;
  if (labels !== undefined) fields['labels'] = Object.assign(newFields(), labels);
  return fields;
}

/** A line as one container writes it: lines of one stream may belong together. */
export function lineRecord(line: string, origin: Fields): Fields {
  const record = newFields();
  record['message'] = line;
  record['container_id'] = LINES_CONTAINER;
  return Object.assign(record, origin);
}

/** A record as its sender made it; what it does not say is of the origin. */
export function eventRecord(record: Fields, origin: Fields): Fields {
  for (const key of Object.keys(origin)) record[key] ??= origin[key];
  return record;
}

/** The fields of an event, without what was there for the way only. */
export function shownFields(fields: Fields): Fields {
  const out = newFields();
  for (const key of Object.keys(fields)) {
    if (fields[key] === undefined || (key === 'container_id' && fields[key] === LINES_CONTAINER)) continue;
    out[key] = fields[key];
  }
  return out;
}
