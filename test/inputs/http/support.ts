import { type FastifyInstance, fastify } from 'fastify';
import { withDefaults } from '../../../src/base/options.ts';
import type { Consumer } from '../../../src/core/contracts.ts';
import type { Frame } from '../../../src/core/event.ts';
import { httpInput } from '../../../src/inputs/http/http-input.ts';
import { type HttpInputOptions, httpInputSchema } from '../../../src/inputs/http/options.ts';

export class FakeConsumer implements Consumer {
  readonly frames: Frame[] = [];
  policy: (frame: Frame) => Promise<void> = () => Promise.resolve();

  consume(frame: Frame): Promise<void> {
    this.frames.push(frame);
    return this.policy(frame);
  }
}

/** The defaults of the schema, so that tests use what users get. */
export function optionsOf(overrides: Partial<HttpInputOptions> = {}): HttpInputOptions {
  return withDefaults(httpInputSchema, overrides);
}

/** The plugin in a bare server that listens on a free port. */
export async function served(
  consumer: Consumer,
  overrides: Partial<HttpInputOptions> = {},
  pipelines?: Parameters<typeof httpInput>[2],
): Promise<{ app: FastifyInstance; url: string }> {
  const app = fastify() as unknown as FastifyInstance;
  await app.register(httpInput(optionsOf(overrides), consumer, pipelines));
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return { app, url };
}
