import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize, relative } from 'node:path';
import { type CarriedConfig, carryConfig } from '../alerts/elastalert/config.ts';
import { loadRules, type RuleFileLeftOut } from '../alerts/rules/load.ts';
import type { Rule, RuleWarning } from '../alerts/rules/rule.ts';
import { expandEnvironment } from '../alerts/rules/sources.ts';
import { writeYaml } from '../base/yaml/write.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { filtersToQuery, filterWarnings } from '../store/query/filters.ts';
import { compilePredicate } from '../store/query/predicate.ts';
import type { UserFile } from './user-files.ts';

/** A file for the new folder. */
export interface WrittenFile {
  /** Relative to that folder. */
  readonly path: string;
  readonly text: string;
}

/** An installation of ElastAlert, as it is read, and as it would be here. */
export interface ElastAlertFolder {
  /** Its `config.yaml`; undefined where there is none. */
  readonly configFile: string | undefined;
  readonly config: CarriedConfig;
  readonly rules: readonly Rule[];
  readonly warnings: readonly RuleWarning[];
  /** Files that give no rule, with the reason; without one where they are switched off. */
  readonly leftOut: readonly RuleFileLeftOut[];
  /** Rule files, what they import, and the settings, as they are to be written. */
  readonly files: readonly WrittenFile[];
  /** Files that rules name outside of the new folder. */
  readonly outside: readonly string[];
}

const CONFIGS = ['config.yaml', 'config.yml', 'elastalert.yaml', 'elastalert.yml'];
const MAX_FILES = 20_000;
export const SETTINGS_FILE = 'longshore.yaml';

/**
 * Reads a `config.yaml` of ElastAlert, or a folder with one, or a folder of rules only. `out` is where the files would go,
 * as the settings name it. Throws LongshoreError (LS_IMPORT_SOURCE, LS_ALERTS_YAML).
 */
export function readElastAlert(path: string, out: string, env: NodeJS.ProcessEnv): ElastAlertFolder {
  const configFile = findConfig(path);
  const config = carryConfig(configFile ?? '', configFile === undefined ? '{}' : readSource(configFile), env);
  const folders = ruleFolders(path, configFile, config);
  const sources = folders.flatMap(folder => listRules(folder, config.isDeep));
  if (sources.length === 0) {
    throw new LongshoreError('LS_IMPORT_SOURCE', `there is no rule file (.yaml, .yml) in ${folders.join(', ')}.`, {
      where: configFile ?? path,
      fix: 'Name the config.yaml of ElastAlert, or the folder of its rules.',
    });
  }
  const loaded = loadRules(sources, {
    filters: filtersToQuery,
    filterWarnings,
    predicate: node => compilePredicate(node, Date.now),
    ruleDefaults: expanded(config.ruleDefaults, env) as Record<string, unknown>,
    alerterDefaults: expanded(config.alerters, env) as Record<string, Record<string, unknown>>,
    env,
  });
  const placeOf = placesIn(folders);
  const all = [
    ...sources,
    ...loaded.imports.filter(one => !sources.some(source => normalize(source.path) === normalize(one.path))),
  ];
  const files = all.map(({ path: from, text }) => ({ from, path: placeOf(from), text }));
  return {
    configFile,
    config,
    rules: loaded.rules,
    warnings: loaded.warnings,
    leftOut: loaded.leftOut,
    files: [
      { path: SETTINGS_FILE, text: settingsText(config, out, configFile ?? path) },
      ...files.filter(file => file.path !== undefined).map(({ path: to, text }) => ({ path: to!, text })),
    ],
    outside: files.filter(file => file.path === undefined).map(({ from }) => from),
  };
}

function findConfig(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined)
    throw new LongshoreError('LS_IMPORT_SOURCE', `there is no ${path}.`, {
      fix: 'Name the config.yaml of ElastAlert.',
    });
  if (!found.isDirectory()) return path;
  return CONFIGS.map(name => join(path, name)).find(file => existsSync(file));
}

function readSource(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new LongshoreError('LS_IMPORT_SOURCE', `it cannot be read: ${messageOf(cause)}.`, {
      where: path,
      fix: 'Make it readable for this user.',
      cause,
    });
  }
}

/** ElastAlert takes the path as its working folder has it; mostly that is where its `config.yaml` is. */
function ruleFolders(path: string, configFile: string | undefined, { folders }: CarriedConfig): string[] {
  if (folders === undefined) return [configFile === undefined ? path : dirname(configFile)];
  const base = configFile === undefined ? path : dirname(configFile);
  return folders.map(folder => {
    const found = isAbsolute(folder) ? [folder, join(base, basename(folder))] : [join(base, folder), folder];
    const there = found.find(one => statSync(one, { throwIfNoEntry: false })?.isDirectory() === true);
    if (there !== undefined) return normalize(there);
    throw new LongshoreError('LS_IMPORT_SOURCE', `there is no folder ${folder} (rules_folder).`, {
      where: configFile ?? path,
      fix: `Copy it to ${join(base, basename(folder))}, or name the folder of the rules itself.`,
    });
  });
}

function listRules(folder: string, isDeep: boolean, known = new Set<string>()): UserFile[] {
  const real = realpathSync(folder);
  if (known.has(real)) return [];
  known.add(real);
  return readdirSync(folder)
    .sort()
    .flatMap(name => {
      const path = join(folder, name);
      const found = statSync(path, { throwIfNoEntry: false });
      // Kubernetes keeps former versions of mounted files in folders of such names.
      if (found?.isDirectory() === true) return isDeep && !name.startsWith('..') ? listRules(path, isDeep, known) : [];
      if (found?.isFile() !== true || !/\.ya?ml$/.test(name) || CONFIGS.includes(name)) return [];
      if (known.size > MAX_FILES)
        throw new LongshoreError('LS_IMPORT_SOURCE', `there are more than ${MAX_FILES} files.`, { where: folder });
      known.add(path);
      return [{ path, text: readSource(path) }];
    });
}

/** Where a file goes: below `rules` as it is below its folder; undefined where that would be outside. */
function placesIn(folders: readonly string[]): (path: string) => string | undefined {
  return path => {
    const folder = folders.find(one => !relative(one, path).startsWith('..')) ?? folders[0]!;
    const inside = folders.length === 1 ? 'rules' : join('rules', `${folders.indexOf(folder) + 1}-${basename(folder)}`);
    const place = join(inside, relative(folder, path));
    return place.startsWith('..') || isAbsolute(place) || place === SETTINGS_FILE ? undefined : place;
  };
}

function settingsText({ alerters, ruleDefaults, alertTimeLimitMs }: CarriedConfig, out: string, from: string): string {
  const settings: Record<string, unknown> = { rules: `${out}/rules/**/*.{yaml,yml}` };
  if (Object.keys(ruleDefaults).length > 0) settings['rule_defaults'] = ruleDefaults;
  if (Object.keys(alerters).length > 0) settings['alerters'] = alerters;
  if (alertTimeLimitMs !== undefined) settings['alerts'] = { alert_time_limit_ms: alertTimeLimitMs };
  return `# From ${from.replace(/\s/g, ' ')}, by 'longshore import elastalert'. Everything else has its default.\n\n${writeYaml(settings)}`;
}

function expanded(value: unknown, env: NodeJS.ProcessEnv): unknown {
  if (typeof value === 'string') return expandEnvironment(value, env);
  if (Array.isArray(value)) return value.map(one => expanded(one, env));
  if (typeof value !== 'object' || value === null) return value;
  const out = Object.create(null) as Record<string, unknown>;
  for (const [key, one] of Object.entries(value)) out[key] = expanded(one, env);
  return out;
}
