export const DEFINITION_KINDS = ['pipeline', 'rule'] as const;
export type DefinitionKind = (typeof DEFINITION_KINDS)[number];

/** A file of a pipeline or of rules. */
export interface DefinitionFileInfo {
  readonly kind: DefinitionKind;
  /** Within its folder; the whole path where the setting names several folders. */
  readonly name: string;
  /** As the setting names it: absolute, or relative to the working folder. */
  readonly path: string;
  readonly bytes: number;
  /** ISO. */
  readonly modified: string;
  readonly writable: boolean;
  /** Why it cannot be written. */
  readonly why?: string | undefined;
}

/** `GET /api/files`. */
export interface DefinitionFileList {
  readonly files: readonly DefinitionFileInfo[];
  /** New files may be written, too. */
  readonly editable: boolean;
  /** Why nothing may be written, and what to do. */
  readonly why?: string | undefined;
  /** The globs of the settings, by kind: new files must match one of them. */
  readonly patterns: Readonly<Record<DefinitionKind, readonly string[]>>;
}

/** `GET /api/files/<kind>/<name>`: as it is written, variables unfilled. */
export interface DefinitionFileText extends DefinitionFileInfo {
  readonly text: string;
  /** Of the text; for `If-Match`. */
  readonly version: string;
}

export interface DefinitionFileRequest {
  readonly kind: DefinitionKind;
  readonly name: string;
}

export interface DefinitionFileWrite extends DefinitionFileRequest {
  readonly text: string;
  /** The version that is to be replaced; `*`: whichever is there; undefined: there must be none yet. */
  readonly replaces: string | undefined;
  /** The name of the token, for the log. */
  readonly author: string;
}

export interface DefinitionFileMistake {
  /** `file:line`, or a file; undefined: nobody knows. */
  readonly where: string | undefined;
  /** Of the written file, from 1; undefined: of the file as a whole, or in another file. */
  readonly line: number | undefined;
  readonly what: string;
  readonly fix: string | undefined;
  readonly code: string;
}

/** `PUT /api/files/<kind>/<name>`. */
export interface DefinitionFileWritten extends DefinitionFileRequest {
  readonly path: string;
  readonly version: string;
  readonly created: boolean;
  /** What the reload says. */
  readonly message: string;
  /** What is likely not meant as it is written. */
  readonly warnings: readonly Pick<DefinitionFileMistake, 'line' | 'what'>[];
}

/**
 * The files of pipelines and rules. They throw LongshoreErrors: LS_FILES_OFF, LS_FILES_HIDDEN, LS_FILES_NAME, LS_FILES_NOT_FOUND,
 * LS_FILES_CHANGED, LS_FILES_READ_ONLY, LS_FILES_TEXT, LS_FILES_FAILED.
 */
export interface DefinitionFilesApi {
  list(): Promise<DefinitionFileList>;
  /** `isKnown`: who asks has shown a token. */
  read(request: DefinitionFileRequest, isKnown: boolean): Promise<DefinitionFileText>;
  /** Nothing is written when there is a mistake. */
  write(
    request: DefinitionFileWrite,
  ): Promise<DefinitionFileWritten | { readonly mistakes: readonly DefinitionFileMistake[] }>;
}
