import type { Socket } from 'node:net';

/** What had been read of a connection that broke while it was paused, and would be thrown away with it. */
export function* leftOver(socket: Socket): Generator<Buffer> {
  // Of one that is alive this would read on.
  if (!socket.destroyed) return;
  for (let read = socket.read() as Buffer | null; read !== null; read = socket.read()) yield read;
}
