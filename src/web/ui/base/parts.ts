import type { ErrorAnswer } from '../../../core/api/operations.ts';
import { ApiError, type Asked, type Params, request } from './api.ts';

/**
 * An answer in parts, a line of JSON each, which are told as they come; `T` is what they are together.
 * Throws ApiError, also for what failed behind the first part, and what aborts the signal.
 */
export async function askInParts<T>(
  path: string,
  params: Params,
  asked: Asked,
  tell: (part: Partial<T>) => void,
): Promise<void> {
  const response = await request(path, params, { ...asked, accept: 'application/x-ndjson' });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest: string[] = [];
  const end = (last: string): void => {
    const line = [...rest, last].join('');
    rest = [];
    if (line === '') return;
    const part = JSON.parse(line) as Partial<T & ErrorAnswer>;
    if (part.error !== undefined) throw new ApiError(response.status, part.error.message, part.error);
    tell(part);
  };
  for (;;) {
    const { value = '', done } = await reader.read();
    asked.signal?.throwIfAborted();
    const lines = value.split('\n');
    const open = lines.pop()!;
    for (const line of lines) end(line);
    rest.push(open);
    if (done) return end('');
  }
}
