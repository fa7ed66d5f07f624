import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  DEFINITION_KINDS,
  type DefinitionFileMistake,
  type DefinitionFileRequest,
  type DefinitionFilesApi,
} from '../core/api/definition-files.ts';
import type { ErrorCode } from '../core/codes.ts';
import { LongshoreError } from '../core/errors.ts';
import { isFields } from '../core/event.ts';
import type { WebDeps } from './deps.ts';
import { refuse, refuseError } from './refusal.ts';
import { tokenNameOf } from './requests.ts';

type Named = { Params: { kind: string; '*': string } };

const STATUSES: Partial<Record<ErrorCode, number>> = {
  LS_FILES_CHANGED: 412,
  LS_FILES_HIDDEN: 403,
  LS_FILES_NAME: 404,
  LS_FILES_NOT_FOUND: 404,
  LS_FILES_OFF: 403,
  LS_FILES_READ_ONLY: 403,
  LS_FILES_TEXT: 400,
};

/** `GET /api/files`, `GET /api/files/<kind>/<name>`, `PUT /api/files/<kind>/<name>`. */
export function fileRoutes(app: FastifyInstance, { files }: WebDeps, done: () => void): void {
  if (files === undefined) {
    done();
    return;
  }
  // As an editor sends it, beside `{"text": "..."}`.
  app.addContentTypeParser(/^(?:text|application)\/.*yaml/, { parseAs: 'string' }, (_request, body, parsed) =>
    parsed(null, body),
  );
  app.get('/api/files', { config: { scope: 'read' } }, () => files.list());
  app.get<Named>('/api/files/:kind/*', { config: { scope: 'admin' } }, (request, reply) =>
    answer(reply, async () => {
      const found = await files.read(named(request), tokenNameOf(request) !== '');
      return reply.header('etag', `"${found.version}"`).send(found);
    }),
  );
  app.put<Named>('/api/files/:kind/*', { config: { scope: 'admin' } }, (request, reply) =>
    answer(reply, () => put(files, request, reply)),
  );
  done();
}

async function put(
  files: DefinitionFilesApi,
  request: FastifyRequest<Named>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { 'if-match': match, 'if-none-match': noneMatch } = request.headers;
  if ((match === undefined) === (noneMatch === undefined) || (noneMatch ?? '*') !== '*') {
    const fix = 'Send If-Match with the ETag of what you have read, or If-None-Match: * for a new file.';
    return refuse(reply, 428, 'LS_FILES_TEXT', `It is not said what is to be replaced. ${fix}`);
  }
  const { body } = request;
  const text = isFields(body) ? body['text'] : body;
  if (typeof text !== 'string')
    throw new LongshoreError('LS_FILES_TEXT', 'the body has no text.', {
      fix: 'Send {"text": "..."}, or the file as text/yaml.',
    });
  const replaces = match?.replace(/^(?:W\/)?"(.*)"$/, '$1');
  const written = await files.write({ ...named(request), text, replaces, author: tokenNameOf(request) });
  if ('mistakes' in written) {
    const { mistakes } = written;
    return refuse(reply, 422, 'LS_FILES_MISTAKES', mistakes.map(sentenceOf).join('\n'), { mistakes });
  }
  return reply
    .code(written.created ? 201 : 200)
    .header('etag', `"${written.version}"`)
    .send(written);
}

const sentenceOf = ({ where, what, fix, code }: DefinitionFileMistake): string =>
  `${where === undefined ? '' : `${where}: `}${what}${fix === undefined ? '' : ` ${fix}`} (${code})`;

/** Throws LS_FILES_NAME. */
function named({ params }: FastifyRequest<Named>): DefinitionFileRequest {
  const kind = DEFINITION_KINDS.find(one => one === params.kind);
  if (kind === undefined)
    throw new LongshoreError(
      'LS_FILES_NAME',
      `there are no files of the kind ${JSON.stringify(params.kind.slice(0, 50))}.`,
      {
        fix: `Write ${DEFINITION_KINDS.join(' or ')}.`,
      },
    );
  return { kind, name: params['*'] };
}

async function answer(reply: FastifyReply, run: () => Promise<FastifyReply>): Promise<FastifyReply> {
  try {
    return await run();
  } catch (error) {
    const status = error instanceof LongshoreError ? STATUSES[error.code] : undefined;
    return status === undefined
      ? refuseError(reply, error)
      : refuse(reply, status, (error as LongshoreError).code, (error as LongshoreError).message);
  }
}
