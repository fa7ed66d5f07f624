import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { makeFolder } from '../../base/disk/folder.ts';
import { decodeText } from '../../base/text/decode.ts';
import {
  DEFINITION_KINDS,
  type DefinitionFileInfo,
  type DefinitionFileList,
  type DefinitionFileMistake,
  type DefinitionFileRequest,
  type DefinitionFilesApi,
  type DefinitionFileText,
  type DefinitionFileWrite,
  type DefinitionFileWritten,
  type DefinitionKind,
} from '../../core/api/definition-files.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import type { Definitions } from '../definitions.ts';
import type { UserContent, UserTexts } from '../user-content.ts';
import { type FilePlace, infoOf, leadsOut, MAX_BYTES, Places } from './places.ts';
import { putFile, takeFileAway } from './put-file.ts';

const log = logger('files');

export interface DefinitionFilesOptions {
  readonly definitions: Definitions;
  /** `http.edit_definitions` */
  readonly isEditable: boolean;
}

const TEXTS_OF = { pipeline: 'pipelines', rule: 'rules' } as const satisfies Record<DefinitionKind, keyof UserTexts>;
const HOW_TO_ALLOW = 'Set http.edit_definitions to true, or edit the file where it is: it is taken over at once.';

/** The files of pipelines and rules, read and written over HTTP: only those that the settings cover, one write after another. */
export class DefinitionFiles implements DefinitionFilesApi {
  readonly #definitions: Definitions;
  readonly #isEditable: boolean;
  readonly #places: Readonly<Record<DefinitionKind, Places>>;
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ definitions, isEditable }: DefinitionFilesOptions) {
    this.#definitions = definitions;
    this.#isEditable = isEditable;
    const { pipelines, rules } = definitions.settings;
    this.#places = { pipeline: new Places('pipeline', pipelines), rule: new Places('rule', rules) };
  }

  async list(): Promise<DefinitionFileList> {
    const wanted = DEFINITION_KINDS.flatMap(kind =>
      [...this.#places[kind].all()].map(([name, place]) => infoOf(kind, name, place, this.#isEditable)),
    );
    const files = (await Promise.all(wanted)).filter(info => info !== undefined);
    return {
      files,
      editable: this.#isEditable,
      ...(this.#isEditable ? {} : { why: HOW_TO_ALLOW }),
      patterns: { pipeline: this.#places.pipeline.patterns, rule: this.#places.rule.patterns },
    };
  }

  async read({ kind, name }: DefinitionFileRequest, isKnown: boolean): Promise<DefinitionFileText> {
    if (kind === 'rule' && !isKnown && !this.#isEditable)
      throw new LongshoreError(
        'LS_FILES_HIDDEN',
        'files of rules may hold secrets and are not shown without a token.',
        {
          fix: 'Add http.tokens and send one with the scope admin, or set http.edit_definitions.',
        },
      );
    const place = this.#places[kind].find(name);
    const info = place.isThere ? await infoOf(kind, name, place, this.#isEditable) : undefined;
    if (info === undefined || info.bytes > MAX_BYTES) throw notFound(kind, name, info);
    const bytes = await readFile(place.path);
    try {
      return { ...info, text: decodeText(bytes), version: versionOf(bytes) };
    } catch (error) {
      throw new LongshoreError('LS_FILES_READ_ONLY', `it cannot be read: ${messageOf(error)}.`, { where: place.path });
    }
  }

  write(request: DefinitionFileWrite): ReturnType<DefinitionFilesApi['write']> {
    const written = this.#turn.then(() => this.#write(request));
    this.#turn = written.catch(() => {});
    return written;
  }

  async #write({ kind, name, text, replaces, author }: DefinitionFileWrite): ReturnType<DefinitionFilesApi['write']> {
    if (!this.#isEditable)
      throw new LongshoreError('LS_FILES_OFF', 'files cannot be changed over HTTP.', { fix: HOW_TO_ALLOW });
    const bytes = Buffer.from(text);
    if (bytes.length > MAX_BYTES || !text.isWellFormed() || text.includes('\0'))
      throw new LongshoreError('LS_FILES_TEXT', `the text is no UTF-8 of at most ${MAX_BYTES} bytes.`);
    const place = this.#places[kind].find(name);
    const before = await this.#former(kind, name, place, replaces);
    const mistakes = this.#mistakes(kind, place.path, text);
    if (mistakes.length > 0) return { mistakes };

    const { path } = place;
    await putFile(path, bytes, before);
    const { message } = await this.#definitions.reload(`written over HTTP: ${path}`);
    if (!this.#runs(kind, path, text)) {
      await (before === undefined ? takeFileAway(path) : putFile(path, before, bytes));
      await this.#definitions.reload(`the former text is back: ${path}`);
      throw new LongshoreError('LS_FILES_FAILED', `it could not be loaded, and the former text is back: ${message}.`, {
        where: path,
      });
    }
    log.info({ path, author, bytes: bytes.length }, 'a file was written over HTTP');
    const created = before === undefined;
    return {
      ...{ kind, name, path, version: versionOf(bytes), created, message },
      warnings: warningsOf(this.#definitions.current, path),
    };
  }

  /** What is there; undefined: nothing yet. Throws when it may not be replaced. */
  async #former(
    kind: DefinitionKind,
    name: string,
    place: FilePlace,
    replaces: string | undefined,
  ): Promise<Buffer | undefined> {
    if (!place.isThere) {
      if (replaces !== undefined) throw notFound(kind, name);
      await makeFolder(place.folder).catch(() => {});
      if (await leadsOut(place).catch(() => true))
        throw new LongshoreError('LS_FILES_NAME', 'there is no such folder, or it is a link to elsewhere.', {
          where: place.path,
        });
      return undefined;
    }
    const info = await infoOf(kind, name, place, true);
    if (info === undefined) throw notFound(kind, name);
    if (!info.writable)
      throw new LongshoreError('LS_FILES_READ_ONLY', info.why ?? 'It cannot be written.', { where: place.path });
    const bytes = await readFile(place.path);
    if (replaces === '*' || replaces === versionOf(bytes)) return bytes;
    const what = replaces === undefined ? 'there is such a file already.' : 'the file was changed meanwhile.';
    throw new LongshoreError('LS_FILES_CHANGED', what, {
      where: place.path,
      fix: 'Read it again, and make the change in what is there now.',
    });
  }

  /** Those of the file, and those of others that come with it. */
  #mistakes(kind: DefinitionKind, path: string, text: string): DefinitionFileMistake[] {
    const { read } = this.#definitions.current;
    const list = TEXTS_OF[kind];
    const files = [...read[list].filter(file => file.path !== path), { path, text }];
    const nothing: UserTexts = { pipelines: [], rules: [], imports: [], unreadable: [] };
    const withFile = this.#definitions.tried({ ...nothing, [list]: files.sort((a, b) => (a.path < b.path ? -1 : 1)) });
    const known = new Set(this.#definitions.current.mistakes.map(messageOf));
    return withFile.mistakes
      .filter(mistake => isOf(mistake.where, path) || !known.has(messageOf(mistake)))
      .map(({ where, what, fix, code }) => ({ where, line: lineIn(where, path), what, fix, code }));
  }

  #runs(kind: DefinitionKind, path: string, text: string): boolean {
    const given = decodeText(Buffer.from(text));
    return this.#definitions.current.texts[TEXTS_OF[kind]].some(file => file.path === path && file.text === given);
  }
}

const versionOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url').slice(0, 22);

const isOf = (where: string | undefined, path: string): boolean =>
  where === path || where?.startsWith(`${path}:`) === true;

function lineIn(where: string | undefined, path: string): number | undefined {
  const line = isOf(where, path) ? /^:(\d+)/.exec(where!.slice(path.length))?.[1] : undefined;
  return line === undefined ? undefined : Number(line);
}

function warningsOf({ pipelines, warnings }: UserContent, path: string): DefinitionFileWritten['warnings'] {
  return [
    ...warnings.filter(({ file }) => file === path).map(({ line, message }) => ({ line, what: message })),
    ...pipelines.doubts
      .filter(({ where }) => isOf(where, path))
      .map(({ where, what }) => ({ line: lineIn(where, path), what })),
  ];
}

function notFound(kind: DefinitionKind, name: string, info?: DefinitionFileInfo): LongshoreError {
  const why = info === undefined ? '' : `, or it is too large: ${info.bytes} bytes`;
  return new LongshoreError(
    'LS_FILES_NOT_FOUND',
    `there is no ${kind} file ${JSON.stringify(name.slice(0, 200))}${why}.`,
  );
}
