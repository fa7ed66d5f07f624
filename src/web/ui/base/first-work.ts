/** What can wait for longer than so many milliseconds does not wait. */
const LONGEST_MS = 2000;

const { promise, resolve } = Promise.withResolvers<void>();

/** Resolves when what the view is opened for has come, rows or why there are none: until then nothing else is asked for. */
export const firstWork: Promise<void> = promise;

/** It has come; also where a view has nothing that others should wait for. */
export const firstWorkDone = resolve;

setTimeout(resolve, LONGEST_MS);
