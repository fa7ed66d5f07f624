import { hash } from 'node:crypto';
import type { DeadLetterStatus } from '../core/api/dead-letters.ts';
import type { NewDeadLetter } from '../core/contracts.ts';
import { type Fields, isFields } from '../core/event.ts';
import { containerOf, OTHER } from '../ledger/counts.ts';

/** A dead letter as it is kept. */
export interface DeadLetter extends NewDeadLetter {
  /** 16 hex digits. */
  readonly id: string;
  readonly status: DeadLetterStatus;
  /** The ledger's name of where it came from: `container_name`, else `service`, else `tag`. */
  readonly container: string;
  /** The letter that was replayed and came back as this one. */
  readonly forerunner?: string | undefined;
}

/**
 * 16 hex digits: eight that all letters of an event share, so that one that comes back finds the one before, and eight of
 * the refusal.
 */
export function deadLetterId({ event, chunk, line }: Pick<NewDeadLetter, 'event' | 'chunk' | 'line'>): string {
  const of = event === '' ? `\0${chunk}\0${line ?? ''}` : event;
  return hash('sha256', of).slice(0, 8) + hash('sha256', `${of}\0${chunk}\0${line ?? ''}`).slice(0, 8);
}

const ID = /^[0-9a-f]{16}$/;

export const isDeadLetterId = (text: unknown): text is string => typeof text === 'string' && ID.test(text);

const MAX_NAME_LENGTH = 200;

/** The ledger's name of where a document comes from. */
export function containerOfDocument({ kind, document }: Pick<NewDeadLetter, 'kind' | 'document'>): string {
  const fields = kind === 'raw' ? undefined : jsonFields(document);
  if (fields === undefined) return OTHER;
  const tag = fields['tag'];
  return containerOf(fields, typeof tag === 'string' ? tag : '').slice(0, MAX_NAME_LENGTH);
}

/** The JSON object in these bytes; undefined when there is none. */
export function jsonFields(bytes: Uint8Array): Fields | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
