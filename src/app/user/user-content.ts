import { loadRules } from '../../alerts/rules/load.ts';
import type { Rule, RuleWarning } from '../../alerts/rules/rule.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import type { EventMeta, Fields } from '../../core/event.ts';
import { loadPipelines, type PipelineSet } from '../../parse/pipelines.ts';
import { createConform } from '../../schema/conform.ts';
import { filtersToQuery } from '../../store/query/filters.ts';
import { compilePredicate } from '../../store/query/predicate.ts';
import type { Settings } from '../settings.ts';
import { readUserFiles, type UserFile } from './user-files.ts';

/** What users write and may change while the service runs, as text. */
export interface UserTexts {
  readonly pipelines: readonly UserFile[];
  readonly rules: readonly UserFile[];
}

/** The same, compiled. */
export interface UserContent {
  pipelines: PipelineSet;
  rules: Rule[];
  warnings: RuleWarning[];
  /** What it was made from: a reload compares the files with it. */
  texts: UserTexts;
}

/** Throws a LongshoreError when a file is there and cannot be read. */
export function readUserTexts(settings: Pick<Settings, 'pipelines' | 'rules'>): UserTexts {
  try {
    return { pipelines: readUserFiles(settings.pipelines), rules: readUserFiles(settings.rules) };
  } catch (cause) {
    const { path } = cause as NodeJS.ErrnoException;
    throw new LongshoreError(
      'LS_CONFIG_USER_FILE',
      `a file of pipelines or rules cannot be read: ${messageOf(cause)}.`,
      {
        ...(path === undefined ? {} : { where: path }),
        fix: 'Make it readable for this user, or move it away.',
        cause,
      },
    );
  }
}

/** Reads and compiles pipelines and rules. Throws an AggregateError with every mistake of all files. */
export function loadUserContent(
  settings: Settings,
  env: NodeJS.ProcessEnv,
  texts: UserTexts = readUserTexts(settings),
): UserContent {
  const errors: Error[] = [];
  let pipelines: PipelineSet | undefined;
  try {
    pipelines = loadPipelines(texts.pipelines, { timezone: settings.timezone });
  } catch (error) {
    errors.push(...(error instanceof AggregateError ? error.errors : [error]));
  }
  const loaded = loadRules(texts.rules, {
    filters: filtersToQuery,
    predicate: compilePredicate,
    alerterDefaults: settings.alerters,
    env,
  });
  errors.push(...loaded.errors);
  if (errors.length > 0 || pipelines === undefined)
    throw new AggregateError(errors, 'pipelines or rules have mistakes');
  return { pipelines, rules: loaded.rules, warnings: loaded.warnings, texts };
}

/** The document that an event becomes, for the tests inside pipelines. */
export function conformer(settings: Settings): (fields: Fields, meta: EventMeta) => Fields {
  const conform = createConform({ ...settings.event, timezone: settings.timezone });
  return (fields, meta) => conform(fields, meta).fields;
}
