import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SearchAnswer, SearchRows } from '../core/api/search.ts';
import { errorAnswer } from './refusal.ts';

export const NDJSON = 'application/x-ndjson';

/** Whether a client takes an answer in parts, a line of JSON each. */
export function wantsParts({ headers: { accept = '' } }: FastifyRequest): boolean {
  return accept.split(',').some(type => type.trim().split(';', 1)[0]!.toLowerCase() === NDJSON);
}

/**
 * Answers with the rows as soon as they are there, and then with the rest: two lines of JSON whose members together are the
 * whole answer. What fails before the rows is thrown; what fails behind them is the second line.
 */
export async function answerInParts(
  request: FastifyRequest,
  reply: FastifyReply,
  search: (onRows: (rows: SearchRows) => void) => Promise<SearchAnswer>,
): Promise<FastifyReply> {
  const response = reply.raw;
  let isBegun = false;
  let isOver = false;
  const write = (part: object): void => void response.write(`${JSON.stringify(part)}\n`);
  const onRows = (rows: SearchRows): void => {
    if (isBegun || isOver || response.destroyed) return;
    isBegun = true;
    reply.hijack();
    request.raw.socket.setNoDelay(true);
    const headers = {
      ...reply.getHeaders(),
      'content-type': `${NDJSON}; charset=utf-8`,
      'x-accel-buffering': 'no',
    };
    response.writeHead(200, headers as Record<string, string>);
    write(rows);
  };
  try {
    const { hits, cursor, ...rest } = await search(onRows);
    onRows(cursor === undefined ? { hits } : { hits, cursor });
    if (!response.destroyed) write(rest);
  } catch (error) {
    isOver = true;
    if (!isBegun) throw error;
    if (!response.destroyed) write(errorAnswer(error).answer);
  }
  response.end();
  return reply;
}
