import type { Spool } from '../../buffer/spool/spool.ts';
import type { DocumentForm, QueryNode, StoredEvent } from '../../core/contracts.ts';
import type { PipelineFile, PipelineSet } from '../../parse/pipelines.ts';
import { createConform } from '../../schema/conform.ts';
import { conformAgain } from '../../schema/conform-again.ts';
import type { EventOptions } from '../../schema/options.ts';
import { serialise } from '../../schema/serialise.ts';
import { parseQuery } from '../../store/query/parse.ts';
import { compilePredicate } from '../../store/query/predicate.ts';
import { DeadLetterAnswers } from '../answers.ts';
import type { DeadLetterQueue } from '../queue.ts';
import { Replayer } from './replayer.ts';

export interface ReplayerParts {
  readonly event: EventOptions;
  readonly queue: DeadLetterQueue;
  readonly form: DocumentForm;
  readonly spool: Pick<Spool, 'append' | 'isAccepted' | 'refusal'>;
  /** Undefined in a process that has no store: there the spool alone knows what was sent. */
  readonly searcher:
    | { newest(query: QueryNode, from: number, to: number, size: number): Promise<StoredEvent[]> }
    | undefined;
  readonly pipelines: {
    /** What runs; another one after each reload. */
    readonly current: { readonly pipelines: PipelineSet };
    /** Those of the files as they are now, or of the given ones. Throws an AggregateError of their mistakes. */
    readPipelines(files?: readonly PipelineFile[]): PipelineSet;
    /** True when the files are not what runs. */
    pipelinesDiffer(): boolean;
  };
}

/** All years that are written with four digits. */
const EVER = [0, 253_402_300_799_999] as const;

/** The way of dead letters back into the spool, and their HTTP interface. */
export function makeReplayer(parts: ReplayerParts): { replayer: Replayer; answers: DeadLetterAnswers } {
  const { event, queue, form, spool, searcher, pipelines } = parts;
  const predicate = (query: string) => compilePredicate(parseQuery(query), Date.now);
  // Of its own: it keeps what it has seen of neighbours.
  const conform = createConform(event);
  const replayer = new Replayer({
    queue,
    form,
    spool,
    predicate,
    conform: (fields, meta) => conformAgain(conform, fields, meta),
    serialise,
    pipelines: () => pipelines.current.pipelines,
    readPipelines: files => pipelines.readPipelines(files),
    filesDiffer: () => pipelines.pipelinesDiffer(),
    find: async ids => {
      if (searcher === undefined) return new Set();
      const hits = await searcher.newest({ type: 'terms', field: '_id', values: [...ids] }, ...EVER, ids.length);
      return new Set(hits.map(hit => hit._id));
    },
  });
  return { replayer, answers: new DeadLetterAnswers(queue, replayer, predicate) };
}
