import { loadRules } from '../alerts/rules/load.ts';
import type { Rule, RuleWarning } from '../alerts/rules/rule.ts';
import type { EventMeta, Fields } from '../core/event.ts';
import { loadPipelines, type PipelineSet } from '../parse/pipelines.ts';
import { createConform } from '../schema/conform.ts';
import { filtersToQuery } from '../store/query/filters.ts';
import { compilePredicate } from '../store/query/predicate.ts';
import type { Settings } from './settings.ts';
import { readUserFiles } from './user-files.ts';

/** What users write and may change while the service runs. */
export interface UserContent {
  pipelines: PipelineSet;
  rules: Rule[];
  warnings: RuleWarning[];
}

/** Reads and compiles pipelines and rules. Throws an AggregateError with every mistake of all files. */
export function loadUserContent(settings: Settings, env: NodeJS.ProcessEnv): UserContent {
  const errors: Error[] = [];
  let pipelines: PipelineSet | undefined;
  try {
    pipelines = loadPipelines(readUserFiles(settings.pipelines), { timezone: settings.timezone });
  } catch (error) {
    errors.push(...(error instanceof AggregateError ? error.errors : [error]));
  }
  const loaded = loadRules(readUserFiles(settings.rules), {
    filters: filtersToQuery,
    predicate: compilePredicate,
    alerterDefaults: settings.alerters,
    env,
  });
  errors.push(...loaded.errors);
  if (errors.length > 0 || pipelines === undefined)
    throw new AggregateError(errors, 'pipelines or rules have mistakes');
  return { pipelines, rules: loaded.rules, warnings: loaded.warnings };
}

/** The document that an event becomes, for the tests inside pipelines. */
export function conformer(settings: Settings): (fields: Fields, meta: EventMeta) => Fields {
  const conform = createConform({ ...settings.event, timezone: settings.timezone });
  return (fields, meta) => conform(fields, meta).fields;
}
