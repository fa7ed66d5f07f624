import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Consumer } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import type { Frame } from '../../core/event.ts';
import { alertmanagerEvents } from '../webhooks/alertmanager.ts';
import { githubEvents } from '../webhooks/github.ts';
import { gitlabEvents } from '../webhooks/gitlab.ts';
import type { HookEvents } from '../webhooks/hook.ts';
import { groupingOf, pushedEvents } from '../webhooks/pushgateway.ts';
import { isSame, isSigned } from '../webhooks/signature.ts';
import { tooLarge } from './encoding.ts';
import { tooManyEvents } from './events.ts';
import { headerOf, queryOf, type Reserved, type Taking } from './taking.ts';

/*
 * What tells of things that happened, in its own form:
 *
 *     POST /webhooks/alertmanager                      an event an alert
 *     POST /webhooks/github?service=..., .../gitlab    a deployment
 *     POST|PUT /metrics/job/<job>/<label>/<value>      an event a sample, as to a Pushgateway (DELETE: 202, for there is nothing)
 *
 * Where a secret of GitHub or GitLab is set, its proof is the only way in, and no token is asked for. `{ accepted }` says how many
 * events were taken, and `note` why there are none.
 */

const GUARDED = { config: { scope: 'ingest' } };
/** As many as a frame of messages has elsewhere. */
const MAX_MESSAGES = 1000;

export function webhookRoutes(app: FastifyInstance, taking: Taking, consumer: Consumer): void {
  const hooks = new Webhooks(taking, consumer);
  const { github_secret: github, gitlab_token: gitlab } = taking.options.webhooks;
  app.post('/webhooks/alertmanager', GUARDED, (request, reply) => hooks.alertmanager(request, reply));
  app.post('/webhooks/github', github === undefined ? GUARDED : {}, (request, reply) => hooks.github(request, reply));
  app.post('/webhooks/gitlab', gitlab === undefined ? GUARDED : {}, (request, reply) => hooks.gitlab(request, reply));
  for (const url of ['/metrics/job/*', '/metrics/job@base64/*']) {
    app.route({ method: ['POST', 'PUT'], url, ...GUARDED, handler: (request, reply) => hooks.pushed(request, reply) });
    app.delete(url, GUARDED, async (_request, reply) => reply.code(202).send());
  }
}

/** GitHub's own limit is 25 MB; what tells of a deployment has some ten thousand bytes, a push of 2,000 commits a million. */
const MAX_UNPROVEN_BYTES = 5_000_000;
const MAX_UNPROVEN = 4;

class Webhooks {
  readonly #taking: Taking;
  readonly #consumer: Consumer;
  #unproven = 0;

  constructor(taking: Taking, consumer: Consumer) {
    this.#taking = taking;
    this.#consumer = consumer;
  }

  alertmanager(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    return this.#take(request, reply, 'alertmanager', async reserved => {
      const body = await this.#taking.readBody(request, reserved);
      return [alertmanagerEvents(body, this.#taking.options.max_events_per_request, Date.now()), body.length];
    });
  }

  github(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    return this.#take(request, reply, 'github', async reserved => {
      const { github_secret: secret, github_events: wanted } = this.#taking.options.webhooks;
      // Signed is what came over the wire; GitHub compresses nothing.
      const wire = await (secret === undefined
        ? this.#taking.readWire(request, reserved)
        : this.#signed(request, reserved, secret));
      const given = {
        event: headerOf(request, 'x-github-event') ?? '',
        delivery: headerOf(request, 'x-github-delivery'),
        body: this.#taking.unpacked(wire, reserved, wire),
        isForm: headerOf(request, 'content-type')?.startsWith('application/x-www-form-urlencoded') === true,
        service: serviceIn(request),
      };
      return [githubEvents(given, wanted, Date.now()), wire.length];
    });
  }

  /** A body that proves only when it has been read who sent it: few at a time, and none that is large. */
  async #signed(request: FastifyRequest, reserved: Reserved, secret: string): Promise<Buffer> {
    const signature = headerOf(request, 'x-hub-signature-256');
    if (signature === undefined) throw UNSIGNED_GITHUB();
    if (!(Number(headerOf(request, 'content-length') ?? Number.NaN) <= MAX_UNPROVEN_BYTES))
      throw tooLarge(MAX_UNPROVEN_BYTES);
    if (this.#unproven >= MAX_UNPROVEN)
      throw new LongshoreError('LS_INPUTS_BUSY', 'Too many requests are being read that have proved nothing yet.', {
        retryable: true,
      });
    this.#unproven++;
    try {
      const wire = await this.#taking.readWire(request, reserved);
      if (!isSigned(wire, signature, secret)) throw UNSIGNED_GITHUB();
      return wire;
    } finally {
      this.#unproven--;
    }
  }

  gitlab(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    return this.#take(request, reply, 'gitlab', async reserved => {
      const { gitlab_token: token } = this.#taking.options.webhooks;
      if (token !== undefined && !isSame(headerOf(request, 'x-gitlab-token'), token))
        throw unsigned('http.webhooks.gitlab_token', 'the secret token of the webhook in GitLab');
      const body = await this.#taking.readBody(request, reserved);
      const delivery = headerOf(request, 'idempotency-key') ?? headerOf(request, 'x-gitlab-event-uuid');
      return [gitlabEvents({ delivery, body, service: serviceIn(request) }, Date.now()), body.length];
    });
  }

  pushed(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    return this.#take(request, reply, 'pushgateway', async reserved => {
      const { url = '' } = request.routeOptions;
      const behind = (request.params as { '*': string })['*'];
      const grouping = groupingOf(`${url.slice('/metrics/'.length, -1)}${behind}`);
      if (/protobuf/i.test(headerOf(request, 'content-type') ?? ''))
        throw new LongshoreError('LS_INPUTS_TYPE_UNKNOWN', 'Metrics in protobuf are not taken.', {
          fix: "Push Prometheus' text form.",
        });
      const body = await this.#taking.readBody(request, reserved);
      return [pushedEvents(body, grouping, this.#taking.options.max_events_per_request), body.length];
    });
  }

  #take(
    request: FastifyRequest,
    reply: FastifyReply,
    tag: string,
    read: (reserved: Reserved) => Promise<[HookEvents | 'crowd', number]>,
  ): Promise<FastifyReply> {
    return this.#taking.within(request, reply, async reserved => {
      const [found, bytes] = await read(reserved);
      if (found === 'crowd') throw tooManyEvents(this.#taking.options);
      this.#taking.checkGrowth(found.growth * found.records.length);
      await this.#consume(request, tag, found, bytes);
      const { length: accepted } = found.records;
      return reply.send(found.note === undefined ? { accepted } : { accepted, note: found.note });
    });
  }

  async #consume(request: FastifyRequest, tag: string, { records, ids }: HookEvents, bytes: number): Promise<void> {
    const times = (count: number): number[] => new Array<number>(count).fill(Number.NaN);
    if (ids === undefined) return this.#taking.consume(request, { tag, records, times: undefined, bytes });
    // Ids are the hook's own: two Alertmanagers of a cluster tell of the same alert.
    const common = { source: 'http', sender: senderOf(request, tag), tag, receivedAt: Date.now() };
    const frames: Frame[] = [];
    const isTogether = this.#consumer.takesMessages === true;
    const step = isTogether ? MAX_MESSAGES : 1;
    for (let i = 0; i < records.length; i += step) {
      const some = records.slice(i, i + step);
      const share = Math.ceil((bytes * some.length) / records.length);
      const frame = { ...common, records: some, times: times(some.length), bytes: share };
      const chunkIds = ids.slice(i, i + step);
      frames.push(isTogether ? { ...frame, isMessages: true, chunkIds } : { ...frame, chunkId: chunkIds[0]! });
    }
    await Promise.all(frames.map(frame => this.#consumer.consume(frame)));
    this.#taking.countEvents(records.length);
  }
}

function senderOf(request: FastifyRequest, tag: string): string {
  const { tokenName = '' } = request as { tokenName?: string };
  return tokenName === '' ? tag : `${tag}/${tokenName}`;
}

function serviceIn(request: FastifyRequest): string | undefined {
  const service = queryOf(request, 'service')?.slice(0, 255).toWellFormed();
  return service === '' ? undefined : service;
}

const UNSIGNED_GITHUB = () => unsigned('http.webhooks.github_secret', 'the secret of the webhook in GitHub');
const unsigned = (setting: string, what: string): LongshoreError =>
  new LongshoreError('LS_INPUTS_WEBHOOK_UNSIGNED', 'The request does not prove that it knows the secret.', {
    fix: `Set ${what} to that of ${setting}.`,
  });
