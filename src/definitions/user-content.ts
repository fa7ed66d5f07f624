import { loadRules, type RuleFileLeftOut } from '../alerts/rules/load.ts';
import type { Rule, RuleWarning } from '../alerts/rules/rule.ts';
import type { LongshoreError } from '../core/errors.ts';
import type { PipelineSet } from '../parse/pipelines.ts';
import { filtersToQuery, filterWarnings } from '../store/query/filters.ts';
import { compilePredicate } from '../store/query/predicate.ts';
import { requirementsOf } from '../store/query/required.ts';
import { loadGoodPipelines } from './good-pipelines.ts';
import { type PipelineSettings, pipelineOptionsOf } from './pipeline-options.ts';
import { loadRouting, type RoutingContent, type RoutingTexts, readRoutingTexts } from './routing-content.ts';
import { readEachFile, type UnreadableFile, type UserFile, unreadableFile } from './user-files.ts';

/** What these need of the configuration. */
export interface DefinitionSettings extends PipelineSettings {
  /** Globs. */
  readonly pipelines: string | readonly string[];
  readonly rules: string | readonly string[];
  /** Options of rules that do not have them themselves. */
  readonly rule_defaults?: Readonly<Record<string, unknown>>;
  /** Defaults of options, by alerter. */
  readonly alerters: Record<string, Record<string, unknown>>;
  /** Path of `alertmanager.yml`. */
  readonly alertmanager?: string | undefined;
  readonly alerts?: { readonly allow_commands: boolean };
}

/** What users write and may change while the service runs, as text. */
export interface UserTexts {
  readonly pipelines: readonly UserFile[];
  readonly rules: readonly UserFile[];
  /** What rules import from elsewhere, as far as it is known: other files are read when rules are compiled. */
  readonly imports: readonly UserFile[];
  readonly routing?: RoutingTexts | undefined;
  readonly unreadable: readonly UnreadableFile[];
}

/** A rule file with mistakes. */
export interface SkippedRule extends RuleFileLeftOut {
  /** As it was before the mistake it goes on. */
  readonly isFormerRunning: boolean;
}

/** The same, compiled. What has mistakes is left out. */
export interface UserContent {
  pipelines: PipelineSet;
  rules: Rule[];
  warnings: RuleWarning[];
  /** Undefined where there is no \`alertmanager.yml\`. */
  routing?: RoutingContent | undefined;
  /** All mistakes of all files, each with its place. */
  mistakes: LongshoreError[];
  /** Files that say `is_enabled: false` and give no rule. */
  rulesOff: readonly RuleFileLeftOut[];
  skippedRules: readonly SkippedRule[];
  /** What it was made from: the files without those that were skipped, and former texts where they go on. */
  texts: UserTexts;
  /** The files as they were read: a reload compares them with these. */
  read: UserTexts;
}

export function readUserTexts(settings: Pick<DefinitionSettings, 'pipelines' | 'rules' | 'alertmanager'>): UserTexts {
  const pipelines = readEachFile(settings.pipelines);
  const rules = readEachFile(settings.rules);
  const unreadable = [...pipelines.unreadable, ...rules.unreadable];
  const routing = readRoutingTexts(settings.alertmanager, unreadable);
  return {
    pipelines: pipelines.files,
    rules: rules.files,
    imports: [],
    ...(routing === undefined ? {} : { routing }),
    unreadable,
  };
}

/**
 * Compiles pipelines and rules, each file for itself: one with a mistake is skipped, or, where `former` has a text of it,
 * goes on as it was. Whatever is wrong stands in `mistakes`.
 */
export function loadUserContent(
  settings: DefinitionSettings,
  env: NodeJS.ProcessEnv,
  read: UserTexts = readUserTexts(settings),
  former?: UserTexts,
): UserContent {
  const mistakes = read.unreadable.map(unreadableFile);
  const wanted = {
    pipelines: withUnreadable(read.pipelines, read.unreadable, former?.pipelines),
    rules: withUnreadable(read.rules, read.unreadable, former?.rules),
  };
  const { pipelines, files, errors } = loadGoodPipelines(
    wanted.pipelines,
    former?.pipelines ?? [],
    pipelineOptionsOf(settings),
  );
  mistakes.push(...errors);
  const load = (rules: readonly UserFile[], imports: readonly UserFile[]) =>
    loadRules(rules, {
      imports,
      filters: filtersToQuery,
      filterWarnings,
      predicate: node => compilePredicate(node, Date.now),
      requirements: requirementsOf,
      ruleDefaults: settings.rule_defaults,
      alerterDefaults: settings.alerters,
      allowsCommands: settings.alerts?.allow_commands === true,
      env,
    });
  let rules = wanted.rules;
  let loaded = load(rules, read.imports);
  const skipped = loaded.leftOut.filter(file => file.errors.length > 0);
  mistakes.push(...loaded.errors);
  const formerOf = new Map(former?.rules.map(file => [file.path, file]));
  const revived = new Set(skipped.filter(({ path }) => formerOf.has(path)).map(({ path }) => path));
  if (revived.size > 0) {
    rules = rules.map(file => (revived.has(file.path) ? formerOf.get(file.path)! : file));
    loaded = load(rules, [...read.imports, ...brokenImports(skipped, former?.imports ?? [])]);
  }
  const routing = loadRouting(read.routing, former?.routing);
  mistakes.push(...(routing?.mistakes ?? []));
  const routingWarnings = routing?.warnings ?? [];
  const left = new Set(loaded.leftOut.filter(file => file.errors.length > 0).map(({ path }) => path));
  return {
    pipelines,
    rules: loaded.rules,
    warnings: [...loaded.warnings, ...routingWarnings.map(({ where, what }) => ({ file: where, message: what }))],
    routing,
    mistakes,
    rulesOff: loaded.leftOut.filter(file => file.errors.length === 0),
    skippedRules: skipped.map(file => ({ ...file, isFormerRunning: !left.has(file.path) })),
    texts: {
      pipelines: files,
      rules: rules.filter(({ path }) => !left.has(path)),
      imports: loaded.imports,
      ...(routing?.texts === undefined ? {} : { routing: routing.texts }),
      unreadable: [],
    },
    read,
  };
}

/** Former texts of the imported files in which the mistakes stand, or which are gone. */
function brokenImports(skipped: readonly RuleFileLeftOut[], former: readonly UserFile[]): UserFile[] {
  const errors = skipped.flatMap(file => file.errors);
  return former.filter(({ path }) =>
    errors.some(({ where, what }) => where?.startsWith(`${path}:`) === true || what.includes(path)),
  );
}

/** A file that cannot be read for now goes on as it was. */
function withUnreadable(
  files: readonly UserFile[],
  unreadableFiles: readonly UnreadableFile[],
  former: readonly UserFile[] = [],
): readonly UserFile[] {
  const kept = former.filter(file => unreadableFiles.some(({ path }) => path === file.path));
  return kept.length === 0 ? files : [...files, ...kept].sort((a, b) => (a.path < b.path ? -1 : 1));
}
