import { expect, test } from 'vitest';
import { withDefaults } from '../../src/base/options.ts';
import { Pages } from '../../src/buffer/spool/pages.ts';
import type { DocumentForm } from '../../src/core/contracts.ts';
import { type Fields, type Frame, newFields } from '../../src/core/event.ts';
import { Documents } from '../../src/ingest/documents.ts';
import { Draft } from '../../src/ingest/draft.ts';
import { LiveListeners } from '../../src/ingest/live-listeners.ts';
import { LogMetrics } from '../../src/ingest/log-metrics/log-metrics.ts';
import { ContainerNames } from '../../src/ledger/counts.ts';
import { Joiner } from '../../src/parse/join/joiner.ts';
import { decodePiece, type EncodedPiece } from '../../src/parse/join/piece.ts';
import { levelOfText } from '../../src/schema/level-text.ts';
import { eventSchema } from '../../src/schema/options.ts';
import { load } from '../alerts/support.ts';
import { lines as benchLines, type Kind } from '../bench/lines/index.ts';
import { seeded } from '../support/chance.ts';
import { mutations, RECEIVED, set } from './ways.ts';

/*
 * Lines of a stream wait without their records, which are made when somebody asks. Whatever came in whatever frames, the
 * documents are those of whole records, and so is what a restart finds.
 */
const RULES = load([
  { path: 'a.yaml', text: 'name: a\ntype: any\nindex: "*"\nalert: debug\nfilter: [{ term: { level: ERROR } }]' },
]);

/** What the spool would hold, frame by frame. */
class Intake {
  readonly #pages = new Pages();
  readonly #pieces = new Map<string, EncodedPiece>();
  readonly #form: DocumentForm;
  readonly #isPlain: boolean;
  #joiner: Joiner;
  #documents: Documents;

  constructor(form: DocumentForm, isPlain: boolean) {
    this.#form = form;
    this.#isPlain = isPlain;
    this.#joiner = new Joiner({ max_event_bytes: 20_000 }, levelOfText);
    this.#documents = this.#made(this.#joiner);
  }

  #made(joiner: Joiner): Documents {
    const pipelines = {
      multilineFor: set.multilineFor.bind(set),
      run: set.run.bind(set),
      get documentId() {
        return set.documentId;
      },
    };
    const plain = {
      ...{ choose: set.choose.bind(set), chooseNext: set.chooseNext.bind(set), at: set.at.bind(set) },
      ...{ chose: set.chose.bind(set), named: set.named.bind(set) },
    };
    const deps = {
      settings: { form: this.#form, event: withDefaults(eventSchema, {}) },
      spool: { pages: this.#pages, containers: new ContainerNames() },
      ...{ joiner, live: new LiveListeners(), firstSeq: 1 },
      logMetrics: new LogMetrics({ metrics: [], per_service: false, max_series: 1 }),
    };
    return new Documents(deps, {
      pipelines: this.#isPlain ? Object.assign(pipelines, plain) : pipelines,
      rules: RULES.rules,
    });
  }

  take(records: readonly Fields[], tag: string, idBase: string, receivedAt: number): unknown {
    const draft = new Draft();
    draft.idBase = idBase;
    const copies = records.map(record => Object.assign(newFields(), record));
    const times = records.map((_, i) => receivedAt - i);
    const frame: Frame = { source: 'forward', sender: 's', tag, receivedAt, records: copies, times, bytes: 0 };
    this.#documents.begin();
    this.#documents.add(frame, draft);
    return this.#send(draft);
  }

  expire(now: number): unknown {
    const draft = new Draft();
    this.#documents.begin();
    this.#documents.finish(this.#joiner.expire(now), draft, '');
    return this.#send(draft);
  }

  /** As after a kill. */
  restart(now: number): void {
    this.#joiner = new Joiner({ max_event_bytes: 20_000 }, levelOfText);
    this.#documents = this.#made(this.#joiner);
    this.#documents.restore([...this.#pieces.values()].map(decodePiece), now);
  }

  #send(draft: Draft): unknown {
    draft.endRun(this.#pages);
    draft.writePieces();
    for (const piece of draft.pieces) this.#pieces.set(piece.id, piece);
    for (const id of draft.releases) this.#pieces.delete(id);
    const documents = draft.parts.flatMap(({ day, bytes, events }) => [day, events, ...bytes.toString().split('\n')]);
    return { documents, pieces: [...this.#pieces.values()], hits: draft.hits, open: this.#joiner.openBytes };
  }
}

const RECORDS: Record<string, (log: string, container: number) => Fields> = {
  docker: (log, i) => ({ container_id: `${i}f1c0b7c9b1d4a86`, container_name: `/shop-${i}`, source: 'stdout', log }),
  labels: (log, i) => ({
    ...{
      container_id: `${i}f1c0b7c9b1d4a86`,
      container_name: `/shop-${i}`,
      source: 'stderr',
      'com.docker.compose.service': 'cart',
    },
    ...{ ENVIRONMENT: 'prod', log },
  }),
  file: (message, i) => ({ message, log: { file: { path: `/var/log/a${i}.log` } }, hostname: 'h' }),
  'an offset': (message, i) => ({ message, log: { file: { path: `/var/log/a${i}.log` }, offset: message.length } }),
};

const CASES = Object.keys(RECORDS).flatMap((records, i) =>
  (['java', 'json', 'free'] as Kind[]).flatMap((kind, k) => {
    const form: DocumentForm = (i + k) % 2 === 0 ? 'elasticsearch' : 'embedded';
    return kind === 'java' || records === 'docker' ? [[records, kind, form] as const] : [];
  }),
);

test.for(CASES)('%s, %s, %s: joined lines are what their records are', ([records, kind, form]) => {
  const random = seeded(kind.length * 31 + records.length);
  const below = (limit: number): number => Math.floor(random() * limit);
  const intakes = [new Intake(form, true), new Intake(form, false)];
  const good = benchLines(kind, 500, 11);
  const odd = mutations(good.slice(0, 100), 1, 5);
  const queues = [good.slice(0, 250), good.slice(250), [...odd, ...benchLines('java', 60, 3)]];
  const tag = kind === 'java' ? 'docker.openjdk' : 'docker.app';
  let at = 0;
  let now = RECEIVED;
  for (let frame = 0; queues.some(queue => queue.length > 0); frame++) {
    const sent: Fields[] = [];
    for (let i = [1, 1, 3, 80][below(4)]!; i > 0; i--) {
      const container = below(queues.length);
      const line = queues[container]!.shift();
      if (line !== undefined) sent.push(RECORDS[records]!(line, container));
    }
    now += below(600);
    // A frame that was not acknowledged comes again.
    for (let again = below(6) === 0 ? 2 : 1; again > 0; again--) {
      const [own, other] = intakes.map(intake => intake.take(sent, tag, `a${frame.toString(36)}`, now));
      expect(own).toEqual(other);
    }
    if (below(8) === 0) for (const intake of intakes) intake.restart(now);
    if (below(4) === 0) {
      const [own, other] = intakes.map(intake => intake.expire(now));
      expect(own).toEqual(other);
    }
    at++;
  }
  const [own, other] = intakes.map(intake => intake.expire(now + 60_000));
  expect(own).toEqual(other);
  expect((own as { pieces: unknown[] }).pieces).toEqual([]);
  expect(at).toBeGreaterThan(10);
});
