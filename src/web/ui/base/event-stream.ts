import { ApiError, type Params, request } from './api.ts';

export interface StreamListener {
  /** Connected, also again. */
  opened(): void;
  /** One server-sent event; `message` when it has no name. */
  event(name: string, data: string): void;
  /** The connection broke; it is tried again. */
  lost(): void;
  /** The server does not want to. */
  refused(error: ApiError): void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** Server-sent events by `fetch`, so that a token goes as a header. Connects again until `signal` is aborted or the server refuses. */
export async function follow(path: string, params: Params, on: StreamListener, signal: AbortSignal): Promise<void> {
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      const response = await request(path, params, { signal, accept: 'text/event-stream' });
      on.opened();
      pause = FIRST_PAUSE_MS;
      await read(response, (name, data) => on.event(name, data));
    } catch (error) {
      if (signal.aborted) return;
      // Too many tails is no reason to give up, and no server may mean a restart.
      const isFinal = error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
      if (isFinal) return on.refused(error as ApiError);
    }
    if (signal.aborted) return;
    on.lost();
    await new Promise(resolve => setTimeout(resolve, pause));
    pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
  }
}

async function read(response: Response, each: (name: string, data: string) => void): Promise<void> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split(/\r?\n\r?\n/);
    rest = parts.pop()!;
    for (const part of parts) {
      let name = 'message';
      const data: string[] = [];
      for (const line of part.split(/\r?\n/)) {
        if (line.startsWith('event:')) name = line.slice(6).trim();
        else if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
      }
      if (data.length > 0) each(name, data.join('\n'));
    }
  }
}
