import { readRuleTests } from '../../backtest/rule-tests/read.ts';
import { regexpFinding } from '../../base/regexp/backtrack-limit.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { locateDataDir } from '../../data/data-disk.ts';
import { unseenFields } from '../../definitions/unseen-fields.ts';
import { loadUserContent, readUserTexts, type UserContent } from '../../definitions/user-content.ts';
import { firstOf, summarised } from '../../definitions/warning-summary.ts';
import { engineFindings } from '../../inputs/docker/check.ts';
import { fileFindings } from '../../inputs/files/check.ts';
import { journaldFindings } from '../../inputs/journald/check.ts';
import { kubernetesFindings } from '../../inputs/kubernetes/check.ts';
import type { Roles } from '../roles.ts';
import type { LoadedSettings, Settings, SettingsRequest } from '../settings.ts';
import { spoolOf } from '../slices.ts';
import { checkServices } from './services.ts';
import { inOrder, loadWithMistakes } from './settings.ts';

/** One thing that `check` has to say. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'ok';
  /** `file:line` or a file. */
  readonly where?: string | undefined;
  readonly what: string;
  readonly fix?: string | undefined;
  readonly code?: string | undefined;
}

/** What the running process can tell. */
export interface Running {
  /** For people: its address. */
  readonly name: string;
  /** Names of the fields that stored events have. Rejects when nothing answers, or not to us. */
  fieldNames(): Promise<string[]>;
}

export interface CheckRequest extends SettingsRequest {
  /** Made from the settings once they are valid. */
  running?: ((settings: Settings) => Running) | undefined;
  /** Nothing is asked over the network: neither the running process nor what stands behind the URLs. */
  offline?: boolean | undefined;
  /** What the process is to do; default: everything. */
  roles?: Roles | undefined;
}

/**
 * Everything that can be said of configuration, pipelines and rules without starting anything. Unless `offline`, what
 * stands behind the URLs (Redis, Elasticsearch) is looked at, and the running process, if there is one, is asked for the
 * names of fields.
 */
export async function checkAll(request: CheckRequest): Promise<Finding[]> {
  let checked: ReturnType<typeof loadWithMistakes>;
  try {
    checked = loadWithMistakes(request, request.roles);
  } catch (error) {
    return errorsOf(error);
  }
  // What is right in a configuration with mistakes is still looked at: all of them are told in one round.
  const { loaded, mistakes } = checked;
  const { settings } = loaded;
  const configuration = `configuration: ${loaded.file ?? 'defaults, for there is no config/longshore.yaml'}`;
  const findings: Finding[] = [
    ...(mistakes.length === 0 ? [{ severity: 'ok', what: configuration } as const] : mistakes.map(asError)),
    ...unsetVariables(loaded),
    ...dataDirFindings(loaded),
    regexpFinding(),
    ...[
      ...(await fileFindings(settings.inputs.files, settings.data_dir)),
      ...(request.offline === true ? [] : await engineFindings(settings.inputs.docker, request.env)),
      ...(await journaldFindings(settings.inputs.journald)),
      ...(await kubernetesFindings(settings.inputs.kubernetes, settings.inputs.files)),
    ].map(({ where, ...finding }) => ({ ...finding, where: loaded.where(where) })),
    ...(request.offline === true ? [] : await checkServices(loaded)),
  ];
  const texts = readUserTexts(settings);
  for (const name of ['pipelines', 'rules'] as const) {
    const patterns = [settings[name]].flat();
    // An empty list says that none are wanted.
    if (texts[name].length > 0 || patterns.length === 0) continue;
    findings.push({
      severity: 'warning',
      where: loaded.where(name),
      what: `no file matches ${patterns.join(', ')} (${name}).`,
    });
  }
  try {
    // A zone that is none was told already.
    const usable = mistakes.some(({ code }) => code === 'LS_CONFIG_TIMEZONE')
      ? { ...settings, timezone: 'UTC' }
      : settings;
    const content = loadUserContent(usable, request.env, texts);
    findings.push(...contentFindings(content), ...ruleTestFindings(content, request.env));
    findings.push(
      ...(await fieldFindings(content, request.offline === true ? undefined : request.running?.(settings))),
    );
  } catch (error) {
    findings.push(...errorsOf(error));
  }
  return findings;
}

function contentFindings({ pipelines, rules, rulesOff, warnings, mistakes, routing }: UserContent): Finding[] {
  const off = rulesOff.map(({ name }) => `${name} (off)`);
  const names = [...rules.map(rule => `${rule.name}${rule.enabled ? '' : ' (off)'}`), ...off];
  const findings: Finding[] = [
    ...mistakes.map(asError),
    { severity: 'ok', what: `pipelines: ${pipelines.names.join(', ') || 'none'}` },
    {
      severity: 'ok',
      what: `rules: ${names.length > NAMED_RULES ? `${names.length}: ` : ''}${firstOf(names, NAMED_RULES) || 'none'}`,
    },
  ];
  if (routing !== undefined && routing.mistakes.length === 0)
    findings.push({ severity: 'ok', what: `receivers of alerts: ${[...routing.config.receivers.keys()].join(', ')}` });
  for (const { file, line, message } of summarised(warnings)) {
    findings.push({ severity: 'warning', where: line === undefined ? file : `${file}:${line}`, what: message });
  }
  for (const { where, what } of pipelines.doubts) findings.push({ severity: 'warning', where, what });
  for (const { name, path, by } of pipelines.shadowed()) {
    findings.push({
      severity: 'warning',
      where: path,
      what: `the pipeline ${name} gets no event: ${by}, which is asked before it, takes all that its match names.`,
      fix: 'Pipelines are asked in the order of their file names: rename one of the files, or narrow the match of the other.',
    });
  }
  return findings;
}

/** What is wrong with the tests inside of rules: nobody else reads them before they run. */
function ruleTestFindings({ texts }: UserContent, env: NodeJS.ProcessEnv): Finding[] {
  const mistakes: LongshoreError[] = [];
  for (const file of texts.rules) {
    try {
      readRuleTests(file, env, mistakes);
    } catch (error) {
      if (!(error instanceof LongshoreError)) throw error;
      mistakes.push(error);
    }
  }
  return mistakes.map(asError);
}

async function fieldFindings(content: UserContent, running: Running | undefined): Promise<Finding[]> {
  if (running === undefined || content.rules.length === 0) return [];
  let seen: string[];
  try {
    seen = await running.fieldNames();
  } catch (error) {
    const why = error instanceof LongshoreError ? error.what : messageOf(error);
    return [{ severity: 'ok', what: `fields of rules: not compared with stored events: ${why}` }];
  }
  const unseen = unseenFields(content.rules, content.texts.rules, seen);
  if (unseen.length === 0) return [{ severity: 'ok', what: `fields of rules: all known to ${running.name}` }];
  const byField = Map.groupBy(unseen, ({ field }) => field);
  return [...byField.values()].flatMap(same => {
    const rules = same.map(({ rule }) => `"${rule}"`);
    const told = rules.length < MANY_RULES ? same : same.slice(0, 1);
    return told.map(({ rule, field, where, near }) => ({
      severity: 'warning' as const,
      where,
      what: `${told.length === same.length ? `the rule "${rule}" names` : `${rules.length} rules (${firstOf(rules)}) name`} the field ${field}, which no stored event has.`,
      fix: near === undefined ? 'Right if it is still to come; else correct the name.' : `Did you mean ${near}?`,
    }));
  });
}

const NAMED_RULES = 20;
/** Of fewer each is named with its place. */
const MANY_RULES = 4;

function unsetVariables({ unsetAt }: LoadedSettings): Finding[] {
  return [...unsetAt].map(([name, where]) => ({
    severity: 'warning',
    where,
    what: `the variable ${name} is not set; the setting counts as not written.`,
    fix: `Set ${name}, or write a default: \${${name}:-...}.`,
  }));
}

function dataDirFindings({ settings, where }: LoadedSettings): Finding[] {
  const disk = locateDataDir(settings.data_dir);
  const at = where('data_dir');
  const found: [boolean, string, string][] = [
    [
      disk.isMemory,
      `data_dir ${disk.path} is in memory (${disk.type}): what is acknowledged is gone after a restart of the machine.`,
      'Set data_dir to a folder on a disk.',
    ],
    [
      disk.isContainerLayer,
      `data_dir ${disk.path} is in the layer of a container (${disk.type}) and goes with it.`,
      'Mount a volume there.',
    ],
    [
      !disk.isWritable,
      `data_dir ${disk.path} cannot be written by this user.`,
      'Create it for the user that runs longshore.',
    ],
    [
      disk.freeBytes < spoolOf(settings).min_free_bytes,
      `only ${Math.floor(disk.freeBytes / 1e6)} MB are free for data_dir ${disk.path}, less than buffer.min_free_bytes: nothing would be accepted.`,
      'Make room, or set buffer.min_free_bytes lower.',
    ],
  ];
  return found.flatMap(([holds, what, fix]) => (holds ? [{ severity: 'warning' as const, where: at, what, fix }] : []));
}

function errorsOf(error: unknown): Finding[] {
  const errors = error instanceof AggregateError ? error.errors : [error];
  return (errors.every(one => one instanceof LongshoreError) ? inOrder(errors) : errors).map(asError);
}

function asError(error: unknown): Finding {
  if (!(error instanceof LongshoreError)) return { severity: 'error', what: messageOf(error) };
  const { where, what, fix, code } = error;
  return { severity: 'error', where, what, fix, code };
}
