import type { Fields } from '../../core/event.ts';

/** An empty field map that inherits nothing. Stands in for `newFields` of core, whose constructor cannot be called at the moment. */
export const newFields = (): Fields => Object.create(null);
