import { normalize } from 'node:path';
import type { Predicate, QueryNode, Requirements } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { RULE_KINDS } from '../types/index.ts';
import { leveled } from '../types/leveled.ts';
import { buildRule } from './build.ts';
import { checkOptions } from './check-options.ts';
import { dropFileOptions } from './file-options.ts';
import { checkParts, type ReadRule } from './parts.ts';
import { Problems } from './problems.ts';
import type { Rule, RuleWarning } from './rule.ts';
import { type RuleOptions, type RuleSource, RuleSources } from './sources.ts';
import { readTemplateFiles } from './templates.ts';
import { readThresholds } from './thresholds.ts';

export interface LoadDependencies {
  /** Elasticsearch filters (a list, ANDed) to a query. Throws LongshoreError. */
  readonly filters: (filters: unknown) => QueryNode;
  /** What in filters that can be read may mean something else than their author thinks. */
  readonly filterWarnings?: (filters: unknown) => string[];
  readonly predicate: (node: QueryNode) => Predicate;
  /** What an event must have for a query to hold; see `RuleFilter`. Rules are found by it. */
  readonly requirements?: (node: QueryNode) => Requirements;
  /** Options of the configuration for rules that do not have them themselves. */
  readonly ruleDefaults?: Readonly<Record<string, unknown>> | undefined;
  /** Options below those of the rules, by alerter: `{ slack: { slack_webhook_url } }`. */
  readonly alerterDefaults: Record<string, Record<string, unknown>>;
  /** `alerts.allow_commands`: the alerter `command` may run what rules say. */
  readonly allowsCommands?: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Files to import whose texts are known; others are read. */
  readonly imports?: readonly RuleSource[];
  /** No other file is read. */
  readonly isClosed?: boolean | undefined;
}

/** A file that gives no rule. */
export interface RuleFileLeftOut {
  readonly path: string;
  /** As far as it can be told. */
  readonly name: string;
  readonly type: string;
  /** Empty where the file itself says `is_enabled: false`. */
  readonly errors: readonly LongshoreError[];
}

export interface LoadedRules {
  /** In the order of the files; disabled rules are among them. */
  readonly rules: Rule[];
  /** Of all files. */
  readonly errors: LongshoreError[];
  readonly warnings: RuleWarning[];
  readonly leftOut: RuleFileLeftOut[];
  /** Files beside those given that were imported. */
  readonly imports: readonly RuleSource[];
}

/**
 * Loads ElastAlert 2 rule files as they are. A file with an error gives no rule; all errors of all files are collected.
 * One that says `is_enabled: false` has no errors, whatever else it says.
 * A file that others import and that has no `type` is a fragment, not a rule.
 */
export function loadRules(files: readonly RuleSource[], deps: LoadDependencies): LoadedRules {
  const { imports = [] } = deps;
  const sources = new RuleSources([...imports, ...files], deps.env, deps.isClosed);
  const loaded: Omit<LoadedRules, 'imports'> = { rules: [], errors: [], warnings: [], leftOut: [] };
  const leaveOut = (path: string, options: Fields, errors: readonly LongshoreError[]): void => {
    loaded.errors.push(...errors);
    const { name, type } = options;
    const known = typeof name === 'string' ? name : path.replace(/\.ya?ml$/, '');
    loaded.leftOut.push({ path, name: known, type: typeof type === 'string' ? type : '', errors });
  };
  const read = files.map(file => ({ path: file.path, source: readSource(sources, file.path) }));
  const names = new Map<string, string>();
  const judged: ReadRule[] = [];
  for (const { path, source } of read) {
    if (source instanceof LongshoreError) {
      leaveOut(path, {}, [source]);
      continue;
    }
    if (sources.imported.has(normalize(path)) && !source.ownType) continue;
    const problems = new Problems(source, addDefaults(source, deps.ruleDefaults));
    for (const { name, first, last } of source.repeated)
      problems.warnAt(last, `${name} stands twice: the one of ${first.replace(/^.*:/, 'line ')} does not count.`);
    if (deps.isClosed === true) dropFileOptions(source.options);
    readTemplateFiles(source, sources, problems);
    const rule = loadRule(source, deps, problems, list => sources.lines(list, path));
    const isOff = source.options['is_enabled'] === false;
    if (!isOff) loaded.warnings.push(...problems.warnings.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)));
    if (rule === undefined || problems.errors.length > 0) {
      leaveOut(path, source.options, isOff ? [] : problems.errors.toSorted((a, b) => lineOf(a) - lineOf(b)));
      continue;
    }
    judged.push({ rule, problems });
    if (isOff) {
      loaded.rules.push(rule);
      continue;
    }
    const other = names.get(rule.name);
    if (other !== undefined) {
      const fix = `The other one is ${other}. Names key silences and windows, so each rule needs its own.`;
      const what = `two rules have the name "${rule.name}".`;
      judged.pop();
      leaveOut(path, source.options, [new LongshoreError('LS_ALERTS_NAME_TAKEN', what, { where: rule.where, fix })]);
      continue;
    }
    names.set(rule.name, rule.where);
    loaded.rules.push(rule);
  }
  for (const [rule, errors] of checkParts(judged, new Set(loaded.leftOut.map(({ name }) => name)))) {
    leaveOut(rule.where.replace(/:\d+$/, ''), rule.options, errors);
    loaded.rules.splice(loaded.rules.indexOf(rule), 1);
  }
  const isImported = ({ path }: RuleSource): boolean => sources.imported.has(normalize(path));
  return { ...loaded, imports: [...imports.filter(isImported), ...sources.read] };
}

function loadRule(
  source: RuleOptions,
  deps: LoadDependencies,
  problems: Problems,
  linesOf: (path: string) => string[],
): Rule | undefined {
  setDefaults(source);
  const kind = RULE_KINDS.find(one => one.type === source.options['type']);
  // Whatever a file holds costs no other file.
  try {
    const thresholds = readThresholds(source.options, kind, problems);
    checkOptions(thresholds?.typical ?? source.options, kind, problems);
    return buildRule(source, thresholds === undefined ? kind : leveled(kind!, thresholds), deps, problems, linesOf);
  } catch (error) {
    problems.errors.push(asLongshoreError(error, source.path));
    return undefined;
  }
}

function readSource(sources: RuleSources, path: string): RuleOptions | LongshoreError {
  try {
    return sources.load(path);
  } catch (error) {
    return asLongshoreError(error, path);
  }
}

/** Gives a rule what the configuration has for all of them; the names of what it got. */
function addDefaults({ options }: RuleOptions, defaults: Readonly<Record<string, unknown>> = {}): Set<string> {
  const added = Object.keys(defaults).filter(name => (options[name] ?? null) === null);
  for (const name of added) options[name] = defaults[name];
  return new Set(added);
}

const lineOf = (error: LongshoreError): number => Number(error.where?.split(':').at(-1));

function setDefaults({ options, path }: RuleOptions): void {
  const defaults: Fields = {
    name: path.replace(/\.ya?ml$/, ''),
    description: '',
    owner: '',
    category: '',
    priority: '2',
  };
  for (const [option, value] of Object.entries(defaults)) options[option] ??= value;
  if (typeof options['name'] === 'string') options['realert_key'] ??= options['name'];
}

function asLongshoreError(error: unknown, path: string): LongshoreError {
  if (error instanceof LongshoreError) return error;
  return new LongshoreError('LS_ALERTS_RULE', `the rule cannot be loaded: ${messageOf(error)}.`, {
    where: `${path}:1`,
    cause: error,
  });
}
