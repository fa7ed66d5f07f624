import { isLoopback } from '../../base/net/address.ts';
import { type Fields, newFields } from '../../core/event.ts';
import { addDockerStream } from '../docker-stream.ts';
import { containerOfTag } from './container-of-tag.ts';
import type { SyslogMessage } from './message.ts';
import { FACILITIES, SEVERITIES } from './severity.ts';

/**
 * The record of a message: `message`, `hostname`, `service` (its program) or what Docker's tag says of a container, and
 * `log.syslog.*` by the names of ECS. The level is left to the schema, which knows `log.syslog.severity`.
 * `peer`: the address it came from, or `unix`.
 */
export function syslogRecord(found: SyslogMessage, peer: string): Fields {
  const { message, appname, priority } = found;
  const record = newFields();
  record['message'] = message;
  const isLocal = peer === 'unix' || isLocalPeer(peer);
  const hostname = found.hostname ?? (isLocal ? undefined : peer);
  if (hostname !== undefined) record['hostname'] = hostname;
  // Docker's driver writes its tag into both fields of RFC 5424.
  const isDocker = found.version !== undefined && appname !== undefined && appname === found.msgid;
  const container = appname === undefined ? undefined : containerOfTag(appname, isDocker);
  if (container !== undefined) {
    if (container.id !== undefined) record['container_id'] = container.id;
    if (container.name !== undefined) record['container_name'] = container.name;
    if (container.image !== undefined) record['image'] = container.image;
    addDockerStream(record, priority === -1 ? undefined : priority & 7);
  } else if (appname !== undefined) record['service'] = appname;
  const syslog = syslogFields(found);
  const isBare = priority === -1 && Object.keys(syslog).length === 0;
  if (!isBare || !isLocal) {
    record['log'] = { ...(isBare ? {} : { syslog }), ...(isLocal ? {} : { source: { address: peer } }) };
  }
  if (found.sequence !== undefined) record['event'] = { sequence: found.sequence };
  return record;
}

function syslogFields(found: SyslogMessage): Fields {
  const { priority } = found;
  const syslog: Fields = {};
  if (priority !== -1) {
    const facility = priority >> 3;
    const severity = priority & 7;
    syslog['priority'] = priority;
    syslog['facility'] = { code: facility, name: FACILITIES[facility] };
    syslog['severity'] = { code: severity, name: SEVERITIES[severity] };
  }
  if (found.version !== undefined) syslog['version'] = String(found.version);
  if (found.hostname !== undefined) syslog['hostname'] = found.hostname;
  if (found.appname !== undefined) syslog['appname'] = found.appname;
  if (found.procid !== undefined) syslog['procid'] = found.procid;
  if (found.msgid !== undefined) syslog['msgid'] = found.msgid;
  if (found.structuredData !== undefined) syslog['structured_data'] = found.structuredData;
  const repeated = repeats(found.message);
  if (repeated !== undefined) syslog['repeated'] = repeated;
  return syslog;
}

/** How often the message before was repeated, as syslogd and rsyslog say it. */
function repeats(message: string): number | undefined {
  const first = message.charCodeAt(0);
  if (first !== 0x6c && first !== 0x6d) return undefined;
  const found = REPEATED.exec(message);
  return found === null ? undefined : Number(found[1]);
}
const REPEATED = /^(?:last )?message repeated (\d{1,9}) times?(?::|$)/;

const local = new Map<string, boolean>();

function isLocalPeer(peer: string): boolean {
  let is = local.get(peer);
  if (is === undefined) {
    is = isLoopback(peer);
    if (local.size >= 1024) local.clear();
    local.set(peer, is);
  }
  return is;
}
