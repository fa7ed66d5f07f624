import type { Settings } from '../app/settings.ts';
import type { Spool } from '../buffer/spool/spool.ts';
import type { DocumentForm, Hit, QueryNode } from '../core/contracts.ts';
import { readUserTexts, type UserContent } from '../definitions/user-content.ts';
import { loadPipelines } from '../parse/pipelines.ts';
import { createConform } from '../schema/conform.ts';
import { conformAgain } from '../schema/conform-again.ts';
import { serialise } from '../schema/serialise.ts';
import { parseQuery } from '../store/query/parse.ts';
import { compilePredicate } from '../store/query/predicate.ts';
import { DeadLetterAnswers } from './dead-letter-answers.ts';
import type { DeadLetterStore } from './files/dead-letter-store.ts';
import { Replayer } from './replay.ts';

export interface ReplayerParts {
  readonly settings: Settings;
  readonly letters: DeadLetterStore;
  readonly form: DocumentForm;
  readonly spool: Pick<Spool, 'append' | 'isAccepted' | 'refusal'>;
  /** Undefined in a process that has no store: there the spool alone knows what was sent. */
  readonly searcher: { newest(query: QueryNode, from: number, to: number, size: number): Promise<Hit[]> } | undefined;
  /** What is running; another one after each reload. */
  readonly running: () => UserContent;
}

/** All years that are written with four digits. */
const EVER = [0, 253_402_300_799_999] as const;

/** The way of dead letters back into the spool, and their HTTP interface. */
export function makeReplayer(parts: ReplayerParts): { replayer: Replayer; answers: DeadLetterAnswers } {
  const { settings, letters, form, spool, searcher, running } = parts;
  const predicate = (query: string) => compilePredicate(parseQuery(query, { limits: settings.search }));
  // Of its own: it keeps what it has seen of neighbours.
  const conform = createConform({ ...settings.event, timezone: settings.timezone });
  const replayer = new Replayer({
    letters,
    form,
    spool,
    predicate,
    conform: (fields, meta) => conformAgain(conform, fields, meta),
    serialise,
    pipelines: () => running().pipelines,
    readPipelines: files => loadPipelines(files ?? readUserTexts(settings).pipelines, { timezone: settings.timezone }),
    filesDiffer: () => JSON.stringify(readUserTexts(settings).pipelines) !== JSON.stringify(running().texts.pipelines),
    find: async ids => {
      if (searcher === undefined) return new Set();
      const hits = await searcher.newest({ type: 'terms', field: '_id', values: [...ids] }, ...EVER, ids.length);
      return new Set(hits.map(hit => hit._id));
    },
  });
  return { replayer, answers: new DeadLetterAnswers(letters, replayer, predicate) };
}
