import type { ForwardFrame } from '../../src/base/forward/frame.ts';
import type { EventMeta, Fields, LogEvent } from '../../src/core/event.ts';

/** An event on its way through the stages. */
interface Passing {
  fields: Fields | undefined;
  event: LogEvent | undefined;
  readonly meta: EventMeta;
}

export interface Path {
  /** All frames, and nothing is kept. */
  decode(frames: readonly Buffer[]): void;
  /** From the frame to the bytes of its documents, as the forward input and intake do it. */
  whole(frames: readonly Buffer[]): void;
  /** What the stages begin with; each takes what the one before has left. */
  decoded(frames: readonly Buffer[]): Passing[];
  admit(events: readonly Passing[]): void;
  pipelines(events: readonly Passing[]): void;
  conform(events: readonly Passing[]): void;
  write(events: readonly Passing[]): void;
}

/** The code of a checkout with its own pipelines, none of the rules, and its default settings; documents are those for Elasticsearch. */
export async function path(root: string): Promise<Path> {
  const load = <T>(file: string): Promise<T> => import(`${root}/src/${file}`) as Promise<T>;
  const { FrameDecoder } = await load<typeof import('../../src/base/forward/frame.ts')>('base/forward/frame.ts');
  const { Pages } = await load<typeof import('../../src/buffer/spool/pages.ts')>('buffer/spool/pages.ts');
  const { forwardSettings } =
    await load<typeof import('../../src/inputs/forward/options.ts')>('inputs/forward/options.ts');
  const { DOCKER_FORM } = await load<typeof import('../../src/inputs/forward/record-form.ts')>(
    'inputs/forward/record-form.ts',
  );
  const { eventOf } = await load<typeof import('../../src/app/slices.ts')>('app/slices.ts');
  const { loadSettings } = await load<typeof import('../../src/app/settings.ts')>('app/settings.ts');
  const { loadSet } = await load<typeof import('../../src/cli/parse/load-set.ts')>('cli/parse/load-set.ts');
  const { Documents } = await load<typeof import('../../src/ingest/documents.ts')>('ingest/documents.ts');
  const { Draft } = await load<typeof import('../../src/ingest/draft.ts')>('ingest/draft.ts');
  const { LiveListeners } = await load<typeof import('../../src/ingest/live-listeners.ts')>('ingest/live-listeners.ts');
  const { LogMetrics } = await load<typeof import('../../src/ingest/log-metrics/log-metrics.ts')>(
    'ingest/log-metrics/log-metrics.ts',
  );
  const { ContainerNames } = await load<typeof import('../../src/ledger/counts.ts')>('ledger/counts.ts');
  const { Joiner } = await load<typeof import('../../src/parse/join/joiner.ts')>('parse/join/joiner.ts');
  const { createAdmit } = await load<typeof import('../../src/schema/admit.ts')>('schema/admit.ts');
  const { createConform } = await load<typeof import('../../src/schema/conform.ts')>('schema/conform.ts');
  const { levelOfText } = await load<typeof import('../../src/schema/level-text.ts')>('schema/level-text.ts');
  const { writeDocument } = await load<typeof import('../../src/schema/serialise.ts')>('schema/serialise.ts');

  const { settings } = loadSettings({ config: 'test/bench/longshore.yaml', env: {} });
  const { pipelines } = loadSet(settings, undefined, undefined as never);
  const event = eventOf(settings);
  const decoder = new FrameDecoder(forwardSettings({}), DOCKER_FORM);
  const joiner = new Joiner(settings.join, levelOfText);
  const pages = new Pages();
  const documents = new Documents(
    {
      settings: { form: 'elasticsearch', event },
      spool: { pages, containers: new ContainerNames() },
      joiner,
      live: new LiveListeners(),
      logMetrics: new LogMetrics({ metrics: [], per_service: false, max_series: 1 }),
      firstSeq: 0,
    },
    { pipelines, rules: [] },
  );
  const admit = createAdmit(event);
  const conform = createConform(event);
  let counter = 0;

  const decodeOne = (bytes: Buffer): ForwardFrame => decoder.decode(bytes, 0, bytes.length)!;

  return {
    decode(frames) {
      for (const frame of frames) decodeOne(frame);
    },
    whole(frames) {
      const receivedAt = Date.now();
      for (const bytes of frames) {
        const { tag, records, times } = decodeOne(bytes);
        const draft = new Draft();
        draft.idBase = `b${(counter++).toString(36)}`;
        documents.begin();
        documents.add({ source: 'forward', sender: '', tag, receivedAt, records, times, bytes: bytes.length }, draft);
        draft.endRun(pages);
        pages.give(draft.parts.map(part => part.bytes));
      }
    },
    decoded(frames) {
      const receivedAt = Date.now();
      return frames.flatMap(bytes => {
        const { tag, records, times } = decodeOne(bytes);
        return records.map((fields, i) => ({ fields, event: undefined, meta: { tag, time: times[i]!, receivedAt } }));
      });
    },
    admit(events) {
      for (const one of events) one.fields = admit(one.fields!, one.meta);
    },
    pipelines(events) {
      for (const one of events) one.fields = pipelines.run(one.fields!, one.meta, 'b1-1');
    },
    conform(events) {
      for (const one of events) one.event = conform(one.fields!, one.meta);
    },
    write(events) {
      let seq = 1.8e15;
      for (const { event } of events) writeDocument(event!, 'b1-1', seq++, 'elasticsearch');
    },
  };
}
