import { accessSync, constants, readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { isLoopback } from '../../base/net/address.ts';
import { zoneOfSetting } from '../../base/time/zone.ts';
import { ConfigMistakes } from '../../config/load.ts';
import type { Consumer } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { doraChecks } from '../../dora/check.ts';
import { checkLogMetrics } from '../../ingest/log-metrics/log-metrics.ts';
import { BeatsInput } from '../../inputs/beats/beats-input.ts';
import { targetOf } from '../../inputs/docker/target.ts';
import { AccessPolicy } from '../../inputs/forward/access.ts';
import { splitAddress } from '../../inputs/forward/options.ts';
import { GelfInput } from '../../inputs/gelf/gelf-input.ts';
import { OtlpInput } from '../../inputs/otlp/otlp-input.ts';
import { SyslogInput } from '../../inputs/syslog/syslog-input.ts';
import { TcpJsonInput } from '../../inputs/tcp-json/tcp-json-input.ts';
import { checkTargets, type ForwardOutOptions, hostAndPort } from '../../senders/forward/options.ts';
import { httpAllowList } from '../../web/address.ts';
import { checkExposure } from '../../web/guard.ts';
import { checkOidc } from '../../web/login/provider.ts';
import { ALL_ROLES, checkRoles, type Roles } from '../roles.ts';
import { type LoadedSettings, loadSettings, type Settings, type SettingsRequest } from '../settings.ts';

/** Settings to run with. Throws an AggregateError of everything that is wrong in them, in the order of the file. */
export function loadChecked(request: SettingsRequest, roles?: Roles): LoadedSettings {
  const { loaded, mistakes } = loadWithMistakes(request, roles);
  if (mistakes.length > 0) throw new AggregateError(mistakes, 'the configuration has mistakes');
  return loaded;
}

/** What is right in a configuration, and all that is wrong. Throws where nothing of it can be used. */
export function loadWithMistakes(
  request: SettingsRequest,
  roles: Roles = ALL_ROLES,
): { loaded: LoadedSettings; mistakes: LongshoreError[] } {
  let loaded: LoadedSettings;
  const mistakes: LongshoreError[] = [];
  try {
    loaded = loadSettings(request);
  } catch (error) {
    if (!(error instanceof ConfigMistakes)) throw error;
    mistakes.push(...error.errors);
    loaded = error.rest as LoadedSettings;
  }
  mistakes.push(...settingMistakes(loaded.settings, loaded.where, roles, request.env));
  return { loaded, mistakes: inOrder(mistakes) };
}

/**
 * Mistakes that no schema can say: settings that contradict one another, addresses open to all, files that are missing.
 * Looks at files, never at the network. `where` gives `file:line` of a setting.
 */
function settingMistakes(
  settings: Settings,
  where: (path: string) => string,
  roles: Roles,
  env: NodeJS.ProcessEnv,
): LongshoreError[] {
  const errors: LongshoreError[] = [];
  const check = (look: () => unknown): void => {
    try {
      look();
    } catch (error) {
      if (!(error instanceof LongshoreError)) throw error;
      errors.push(located(error, where));
    }
  };
  const { inputs, http, event, store, timezone } = settings;
  check(() => zoneOfSetting(timezone, 'timezone'));
  const { forward, tcp_json, syslog, gelf, otlp, beats, docker } = inputs;
  if (forward !== false) {
    check(() => new AccessPolicy(forward));
    check(() => checkFiles('inputs.forward.tls', forward.tls));
  }
  if (tcp_json !== false) check(() => new TcpJsonInput(tcp_json, nobody));
  if (syslog !== false) {
    check(() => new SyslogInput(syslog, nobody));
    check(() => checkFiles('inputs.syslog.tls', syslog.tls));
  }
  if (gelf !== false) {
    check(() => new GelfInput(gelf, nobody));
    check(() => checkFiles('inputs.gelf.tls', gelf.tls));
  }
  if (otlp !== false) {
    check(() => new OtlpInput(otlp, nobody));
    check(() => checkFiles('inputs.otlp.tls', otlp.tls));
  }
  if (beats !== false) {
    check(() => new BeatsInput(beats, nobody));
    check(() => checkFiles('inputs.beats.tls', beats.tls));
  }
  if (docker !== false) {
    check(() => {
      checkFiles('inputs.docker.tls', docker.tls);
      targetOf(docker, env);
    });
  }
  check(() => checkExposure(http));
  check(() => checkOidc(http));
  check(() => httpAllowList(http.allow));
  check(() => checkFiles('http.tls', http.tls));
  check(() => checkSameAddress(settings));
  check(() => checkStages(settings));
  check(() => checkRoles(roles, settings));
  if (store.type === 'forward') {
    checkForward(store, 'store');
  } else check(() => checkClamp(event.clamp_past_days, store.retention.max_age_days));
  check(() => checkCopyNames(settings));
  check(() => checkLogMetrics(settings.log_metrics));
  for (const checkOne of doraChecks(settings.dora)) check(checkOne);
  for (const [i, copy] of settings.copies.entries()) checkForward(copy, `copies[${i}]`);
  return errors;

  function checkForward(options: ForwardOutOptions, setting: string): void {
    check(() => {
      checkTargets(options, setting);
      checkLoop(settings, options, setting);
    });
    for (const [i, { tls }] of options.targets.entries()) check(() => checkFiles(`${setting}.targets[${i}].tls`, tls));
  }
}

/** As one reads: file by file, line by line; those without a place come first. */
export function inOrder(errors: readonly LongshoreError[]): LongshoreError[] {
  const placeOf = ({ where = '' }: LongshoreError): [string, number] => {
    const [, file = where, line = '0'] = /^(.*):(\d+)$/.exec(where) ?? [];
    return [file, Number(line)];
  };
  return errors.toSorted((a, b) => {
    const [fileA, lineA] = placeOf(a);
    const [fileB, lineB] = placeOf(b);
    return fileA === fileB ? lineA - lineB : fileA < fileB ? -1 : 1;
  });
}

const nobody: Consumer = { consume: () => Promise.reject(new Error('nothing is taken in here')) };

/** Components name the setting; whoever wrote it wants the line. */
function located(error: LongshoreError, where: (path: string) => string): LongshoreError {
  const path = error.where;
  if (path === undefined || !/^[a-z_]+(\.[a-z_]+|\[\d+\])*$/.test(path)) return error;
  return new LongshoreError(error.code, `${path}: ${error.what}`, { where: where(path), fix: error.fix, cause: error });
}

function checkStages({ buffer, store }: Settings): void {
  if (buffer.type === 'redis' && store.type === 'forward') {
    throw new LongshoreError(
      'LS_CONFIG_REDIS_FORWARD',
      'Redis carries events to many index workers, but here nothing is indexed.',
      {
        where: 'buffer.type',
        fix: 'Leave Redis out: the spool holds what the targets have not acknowledged.',
      },
    );
  }
  if (buffer.type !== 'redis' || store.type !== 'embedded') return;
  throw new LongshoreError(
    'LS_CONFIG_REDIS_EMBEDDED',
    'Redis carries events to many index workers, but the embedded store belongs to one process.',
    {
      where: 'buffer.type',
      fix: 'Use the spool with the embedded store, or Redis with `store: { type: elasticsearch }`.',
    },
  );
}

/** What we send would come in again, for ever. */
function checkLoop({ inputs }: Settings, { targets }: ForwardOutOptions, setting: string): void {
  if (inputs.forward === false) return;
  const own = splitAddress(inputs.forward.address);
  for (const [i, { address }] of targets.entries()) {
    const where = `${setting}.targets[${i}].address`;
    const { host, port } = hostAndPort(address, where);
    const isOurs =
      host === own.host || (isLoopback(host) && (own.host === '' || isLoopback(own.host) || own.host === '0.0.0.0'));
    if (port !== own.port || !isOurs) continue;
    throw new LongshoreError('LS_CONFIG_FORWARD_LOOP', `${address} is our own inputs.forward.address.`, {
      where,
      fix: 'Write the address of the receiver.',
    });
  }
}

function checkCopyNames({ copies }: Settings): void {
  for (const [i, { name }] of copies.entries()) {
    if (copies.findIndex(copy => copy.name === name) === i) continue;
    throw new LongshoreError('LS_CONFIG_COPY_NAME', `there are two copies named ${name}.`, {
      where: `copies[${i}].name`,
      fix: 'Give each its own name: it is that of its folder.',
    });
  }
}

/** Retention drops whole days that are more than `max_age_days` before today. */
function checkClamp(clampPastDays: number, maxAgeDays: number): void {
  if (clampPastDays <= maxAgeDays) return;
  throw new LongshoreError(
    'LS_CONFIG_CLAMP_BEYOND_RETENTION',
    `events up to ${clampPastDays} days old keep their time, but days older than ${maxAgeDays} are dropped.`,
    {
      where: 'event.clamp_past_days',
      fix: `Set it to ${maxAgeDays} at most, leave it out, or raise store.retention.max_age_days.`,
    },
  );
}

function checkFiles(setting: string, tls: object | undefined): void {
  for (const [name, path] of Object.entries(tls ?? {})) {
    if (!name.endsWith('_file') || typeof path !== 'string') continue;
    try {
      accessSync(path, constants.R_OK);
    } catch (cause) {
      throw new LongshoreError('LS_CONFIG_TLS_FILE', `${path} cannot be read.`, {
        where: `${setting}.${name}`,
        fix: 'Correct the path, or make the file readable for this user.',
        cause,
      });
    }
  }
  checkPair(setting, tls ?? {});
}

/** OpenSSL is asked, as it will be when the first peer comes. */
function checkPair(setting: string, tls: { cert_file?: string; key_file?: string }): void {
  if (tls.cert_file === undefined || tls.key_file === undefined) return;
  const cert = readFileSync(tls.cert_file);
  const key = readFileSync(tls.key_file);
  const place = (file: 'cert_file' | 'key_file', fault: string, fix: string, cause: unknown): LongshoreError =>
    new LongshoreError('LS_CONFIG_TLS_FILE', `${tls[file]} ${fault}.`, { where: `${setting}.${file}`, fix, cause });
  try {
    createSecureContext({ cert });
  } catch (cause) {
    throw place('cert_file', 'holds no certificate', 'Write a file in PEM: -----BEGIN CERTIFICATE-----.', cause);
  }
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    const fault = 'holds no private key of the certificate';
    throw place('key_file', fault, 'Write the key that belongs to cert_file, in PEM and without a passphrase.', cause);
  }
}

/** Two of our own listeners on one address: the second would find its port in use. */
function checkSameAddress({ inputs, http }: Settings): void {
  const seen = new Map<string, string>();
  for (const [setting, address] of [
    ['inputs.forward.address', inputs.forward === false ? undefined : inputs.forward.address],
    ['inputs.tcp_json.address', inputs.tcp_json === false ? undefined : inputs.tcp_json.address],
    ['inputs.syslog.address', inputs.syslog === false ? undefined : inputs.syslog.address],
    ['inputs.syslog.tls_address', inputs.syslog === false ? undefined : inputs.syslog.tls_address],
    ['inputs.gelf.address', inputs.gelf === false ? undefined : inputs.gelf.address],
    ['inputs.gelf.tls_address', inputs.gelf === false ? undefined : inputs.gelf.tls_address],
    ['inputs.otlp.address', inputs.otlp === false ? undefined : inputs.otlp.address],
    ['inputs.otlp.http_address', inputs.otlp === false ? undefined : inputs.otlp.http_address],
    ['inputs.beats.address', inputs.beats === false ? undefined : inputs.beats.address],
    ['http.address', http.address],
  ] as const) {
    if (address === undefined || address.endsWith(':0')) continue;
    const other = seen.get(address);
    if (other !== undefined) {
      throw new LongshoreError('LS_CONFIG_SAME_ADDRESS', `${address} is already the one of ${other}.`, {
        where: setting,
        fix: 'Give each its own port.',
      });
    }
    seen.set(address, setting);
  }
}
