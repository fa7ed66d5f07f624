import type { SettleOptions } from '../base/flow/settle.ts';

/** What waits for a receiver is kept, so that nobody who stops the service has to wait for one. */
export const LEAVING: SettleOptions = { graceMs: 300, calledOffMs: 200 };
