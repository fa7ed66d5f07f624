import { type Fields, isFields, newFields } from '../../core/event.ts';
import { ALERTER_KINDS } from '../alerters/index.ts';
import { durationMs } from '../rules/duration.ts';
import { COMMON_OPTIONS, whyIgnored } from '../rules/options.ts';
import { expandEnvironment } from '../rules/sources.ts';
import { readRuleFile } from '../rules/yaml.ts';

/** What becomes of ElastAlert's `config.yaml`. */
export interface CarriedConfig {
  /** `rules_folder`, variables replaced; undefined when it is not written. */
  readonly folders: readonly string[] | undefined;
  /** Rules are also in the folders inside of these. */
  readonly isDeep: boolean;
  /** Defaults by alerter. Variables of the environment stand as `${NAME}`, so that secrets stay where they are. */
  readonly alerters: Readonly<Record<string, Fields>>;
  /** Options that every rule gets which does not have them; custom data among them. */
  readonly ruleDefaults: Fields;
  /** `alerts.alert_time_limit_ms`. */
  readonly alertTimeLimitMs: number | undefined;
  readonly leftBehind: readonly { readonly where: string; readonly option: string; readonly why: string }[];
  /** What means more here than there. */
  readonly notes: readonly { readonly where: string; readonly what: string }[];
}

/** Options of the file that mean something only for ElastAlert as a program. */
const PROGRAM: Readonly<Record<string, string>> = {
  ...why('silences, windows and alerts are kept in data_dir', ['writeback_index', 'writeback_alias']),
  ...why('rules are files; any folder or glob can be the setting rules', ['rules_loader', 'writeback_suffix']),
  ...why('each event is evaluated as it arrives, by one engine', [
    ...['max_threads', 'misfire_grace_time', 'old_query_limit', 'max_scrolling', 'limit_execution_margin'],
  ]),
  ...why('a rule that fails goes on with the next event; GET /api/rules and `longshore check` tell of it', [
    ...['disable_rules_on_error', 'skip_invalid', 'show_disabled_rules', 'notify_email', 'notify_alert'],
    'notify_all_errors',
  ]),
  ...why('the log is set by log_level', ['logging', 'verbose', 'debug', 'es_debug']),
  ...why('up to 10,000 matches are collected', ['max_aggregation']),
  ...why('alerts of GET /api/alerts carry the metadata of their rule', ['add_metadata_alert']),
  ...why('f.keyword is f', ['string_multi_field_name']),
  ...why('/metrics of the service itself', ['prometheus_port']),
};

/** Options of alerters that do not begin with the name of theirs. */
const BY_PREFIX: readonly [RegExp, string][] = [
  [/^(?:smtp_|email|from_addr$|cc$|bcc$|assets_dir$)/, 'email'],
  [/^rocket_chat_/, 'rocketchat'],
  [/^work_wechat_/, 'workwechat'],
  [/^zbx_/, 'zabbix'],
  [/^hive_/, 'hivealerter'],
  [/^http_post2_/, 'post2'],
  [/^http_post_/, 'post'],
];

const REALERT =
  'realert: ElastAlert takes no notice of it here; from now on it holds for all rules that have none. Remove it from rule_defaults for one minute, as before.';

/** What only a rule itself can say. */
const OF_A_RULE = ['name', 'type', 'index', 'alert', 'import', 'tests'];

/** Reads the text of a `config.yaml`. Throws LS_ALERTS_YAML and LS_ALERTS_RULE_EMPTY. */
export function carryConfig(
  path: string,
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): CarriedConfig {
  const file = readRuleFile(path, text);
  const alerters: Record<string, Fields> = Object.create(null);
  const ruleDefaults = newFields();
  const leftBehind: CarriedConfig['leftBehind'][number][] = [];
  const notes: CarriedConfig['notes'][number][] = [];
  let folders: string[] | undefined;
  let isDeep = true;
  let alertTimeLimitMs: number | undefined;
  for (const [option, entry] of file.entries!) {
    const { value } = entry;
    const leave = (reason: string): number => leftBehind.push({ where: entry.keyWhere, option, why: reason });
    const ignored = Object.hasOwn(PROGRAM, option) ? PROGRAM[option] : whyIgnored(option);
    const alerter = alerterOf(option);
    if (value === null || value === undefined) continue;
    if (option === 'rules_folder') folders = [value].flat().map(one => expandEnvironment(String(one), env));
    else if (option === 'scan_subdirectories') isDeep = value !== false;
    else if (option === 'alert_time_limit') {
      const ms = durationMs(value);
      if (typeof ms === 'number' && ms >= 1000) alertTimeLimitMs = ms;
      else leave('it is no time of a second or more');
    } else if (ignored !== undefined) leave(ignored);
    else if (OF_A_RULE.includes(option)) leave('only a rule itself can say it');
    else if (alerter !== undefined && !Object.hasOwn(COMMON_OPTIONS, option)) {
      alerters[alerter] ??= newFields();
      alerters[alerter][option] = withBraces(value, env);
    } else {
      if (option === 'realert') notes.push({ where: entry.keyWhere, what: REALERT });
      ruleDefaults[option] = withBraces(value, env);
    }
  }
  return { folders, isDeep, alerters, ruleDefaults, alertTimeLimitMs, leftBehind, notes };
}

function alerterOf(option: string): string | undefined {
  return (
    ALERTER_KINDS.find(kind => Object.hasOwn(kind.options, option))?.type ??
    BY_PREFIX.find(([prefix]) => prefix.test(option))?.[1]
  );
}

/** `$NAME` of a variable as `${NAME}`, which is how the configuration writes it. `$name$` is an option of the rule and stays. */
function withBraces(value: unknown, env: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof value === 'string')
    return value.replace(/\$(\w+)(?![\w$])/g, (whole, name: string) =>
      Object.hasOwn(env, name) || /^[A-Z][A-Z\d_]+$/.test(name) ? `\${${name}}` : whole,
    );
  if (Array.isArray(value)) return value.map(one => withBraces(one, env));
  if (!isFields(value)) return value;
  const out = newFields();
  for (const key of Object.keys(value)) out[key] = withBraces(value[key], env);
  return out;
}

function why(reason: string, options: readonly string[]): Record<string, string> {
  return Object.fromEntries(options.map(option => [option, reason]));
}
