import type { EventMeta, Fields } from '../core/event.ts';

/** Whose time a slow line takes: its container's, else its tag's. */
export function originOf(fields: Fields, meta: EventMeta): string {
  const container = fields['container_id'] ?? fields['container_name'];
  return typeof container === 'string' ? container : meta.tag;
}
