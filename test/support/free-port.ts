import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port on loopback that a test may close and listen on again. It lies below the range that systems take the ports of
 * outgoing connections from: a client that keeps trying a closed port of that range can end up connected to itself.
 */
export async function reusablePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const server = createServer();
    server.listen(port, '127.0.0.1');
    const isFree = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ]).catch(() => false);
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error('no free port between 15000 and 30000');
}
