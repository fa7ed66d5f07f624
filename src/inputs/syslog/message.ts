import type { Zone } from '../../base/time/zone.ts';
import { type Fields, newFields } from '../../core/event.ts';
import { MAX_PRIORITY } from './severity.ts';
import { readHeaderTime } from './time.ts';

/*
 * A message of syslog as text -> its parts. Pure.
 *
 *     RFC 5424  <PRI>1 TIME HOST APP PROCID MSGID SD [ MSG]          `-` for what is not known
 *     RFC 3164  <PRI>TIME [HOST] TAG[PID]: MSG                       local senders leave the host out
 *     Cisco     <PRI>[SEQ: ][HOST: ][SEQ: ][*|.]TIME[ ZONE]: %FACILITY-SEVERITY-MNEMONIC: MSG, TIME [HOST ]: %ASA-..., %ASA-...
 *
 * each also without PRI. What has no header is a message as a whole: nothing is refused.
 */

/** Parts that are not there are undefined, priority -1, time NaN. */
export interface SyslogMessage {
  /** facility * 8 + severity */
  priority: number;
  /** Of RFC 5424: 1. */
  version: number | undefined;
  /** Epoch milliseconds with fraction. */
  time: number;
  hostname: string | undefined;
  appname: string | undefined;
  procid: string | undefined;
  msgid: string | undefined;
  /** By SD-ID, then by PARAM-NAME; a name that is there several times holds a list. */
  structuredData: Fields | undefined;
  /** Cisco's number of the message. */
  sequence: number | undefined;
  message: string;
  /** What the header promised and the text did not keep: the rest of it is the message. */
  isBroken: boolean;
}

/** Reads a message without its line end. `now` (epoch milliseconds) and `zone` are for times without year and zone. */
export function parseSyslog(text: string, now: number, zone: Zone): SyslogMessage {
  const found: SyslogMessage = {
    priority: -1,
    version: undefined,
    time: Number.NaN,
    hostname: undefined,
    appname: undefined,
    procid: undefined,
    msgid: undefined,
    structuredData: undefined,
    sequence: undefined,
    message: '',
    isBroken: false,
  };
  const start = readPriority(text, found);
  const version = start > 0 ? VERSION.exec(text.slice(start, start + 15)) : null;
  if (version === null) readOld(text, start, found, now, zone);
  else {
    found.version = Number(version[1]);
    found.message = text.slice(readNew(text, start + version[1]!.length + 1, found, now, zone));
  }
  return found;
}

/** A version, and behind it a time or none. */
const VERSION = /^([1-9]\d{0,2}) (?:- |\d{4}-\d\d-\d\d)/;

function readPriority(text: string, found: SyslogMessage): number {
  if (text.charCodeAt(0) !== LESS) return 0;
  const end = text.indexOf('>', 1);
  if (end < 2 || end > 4) return 0;
  const priority = numberIn(text, 1, end);
  if (!(priority <= MAX_PRIORITY)) return 0;
  found.priority = priority;
  return end + 1;
}

/** Returns where the message begins: where the header is broken, if it is. */
function readNew(text: string, start: number, found: SyslogMessage, now: number, zone: Zone): number {
  let at = start;
  const next = (): string | undefined => {
    const end = text.indexOf(' ', at);
    const word = end === -1 ? text.slice(at) : text.slice(at, end);
    at = end === -1 ? text.length : end + 1;
    return word === '-' || word === '' ? undefined : word;
  };
  const timeAt = at;
  if (next() !== undefined) {
    const time = readHeaderTime(text, timeAt, now, zone);
    if (time === undefined || time.end < at - 1) return brokenAt(found, timeAt);
    found.time = time.ms;
  }
  found.hostname = next();
  found.appname = next();
  found.procid = next();
  found.msgid = next();
  const data = at;
  if (text.charCodeAt(at) === MINUS) at++;
  else if (text.charCodeAt(at) === OPEN) {
    at = readStructuredData(text, at, found);
    if (at === -1) return brokenAt(found, data);
  } else if (at < text.length) return brokenAt(found, data);
  if (text.charCodeAt(at) === SPACE) at++;
  else if (at < text.length) return brokenAt(found, data);
  if (text.charCodeAt(at) === BOM) return at + 1;
  // rsyslog keeps the blank that stood behind the colon of RFC 3164. Docker, whose msgid is its tag, sends lines as they are.
  const isBlank = text.charCodeAt(at) === SPACE && text.charCodeAt(at + 1) !== SPACE;
  return isBlank && (found.msgid === undefined || found.msgid !== found.appname) ? at + 1 : at;
}

function brokenAt(found: SyslogMessage, at: number): number {
  found.isBroken = true;
  return at;
}

/** Returns where it ends; -1 if it is none, and then nothing of it counts. */
function readStructuredData(text: string, start: number, found: SyslogMessage): number {
  const data = newFields();
  let at = start;
  while (text.charCodeAt(at) === OPEN) {
    ELEMENT.lastIndex = at;
    const element = ELEMENT.exec(text);
    if (element === null) return -1;
    at = ELEMENT.lastIndex;
    const id = element[1]!;
    const params = (data[id] as Fields | undefined) ?? newFields();
    data[id] = params;
    for (const [, name, value] of element[2]!.matchAll(PARAM)) {
      const plain = value!.includes('\\') ? value!.replace(/\\(["\\\]])/g, '$1') : value;
      const before = params[name!];
      if (before === undefined) params[name!] = plain;
      else if (Array.isArray(before)) before.push(plain);
      else params[name!] = [before, plain];
    }
  }
  found.structuredData = data;
  return at;
}

/** `[id name="value" ...]`; in values `\` escapes `"`, `\` and `]`, and senders leave `]` as it is. */
const ELEMENT = /\[([^ \]="]{1,200})((?: +[^ \]="]{1,200}="(?:[^"\\]|\\[\s\S])*")*) *\]/y;
const PARAM = / +([^ \]="]+)="((?:[^"\\]|\\[\s\S])*)"/g;

function readOld(text: string, start: number, found: SyslogMessage, now: number, zone: Zone): void {
  let at = start;
  if (start > 0) {
    // Cisco's: a colon or numbers, then the time.
    while (text.charCodeAt(at) === SPACE || text.charCodeAt(at) === COLON) at++;
    at = readSequence(text, at, found);
  }
  const mark = text.charCodeAt(at);
  const time = readHeaderTime(text, mark === STAR || (mark === DOT && start > 0) ? at + 1 : at, now, zone);
  if (time !== undefined) {
    found.time = time.ms;
    at = time.end;
    if (text.charCodeAt(at) === COLON) at++;
    if (text.charCodeAt(at) === SPACE) at++;
  } else if (found.hostname !== undefined || found.sequence !== undefined) {
    // Cisco's uptime in place of a time: `2w0d: %`, `00:01:02: %`.
    const uptime = UPTIME.exec(text.slice(at, at + 24));
    if (uptime !== null) at += uptime[0].length;
  }
  if (text.charCodeAt(at) === PERCENT) readMnemonic(text, at, found);
  else if (time === undefined) readHeadless(text, at, start > 0, found);
  else readHostAndTag(text, at, found);
}

const UPTIME = /^(?:\d+[ywdh]\d*[wdhm]?|\d\d:\d\d:\d\d(?:\.\d+)?): /;

/** `45: `, `45: router1: `, `router1: 000123: ` before a time of Cisco's. */
function readSequence(text: string, at: number, found: SyslogMessage): number {
  const head = SEQUENCE.exec(text.slice(at, at + 100));
  if (head === null || head[0] === '') return at;
  const sequence = head[3] ?? head[1];
  if (sequence !== undefined) found.sequence = Number(sequence);
  found.hostname = head[2];
  return at + head[0].length;
}
const SEQUENCE =
  /^(?:(\d{1,10}): )?(?:([A-Za-z][\w.-]{0,62}): )?(?:(\d{1,10}): )?(?=[*.]?[A-Z][a-z]{2} [ \d]\d? |%[A-Z]|\d+[ywdh]|\d\d:\d\d:\d\d)/;

/** `%ASA-6-302013: Built ...` stays in the message, as pipelines for Cisco's look for it; its name is the id of the message. */
function readMnemonic(text: string, at: number, found: SyslogMessage): void {
  found.message = text.slice(at);
  found.msgid = MNEMONIC.exec(text.slice(at, at + 80))?.[1];
}
const MNEMONIC = /^%([A-Z][\w-]*-\d-[\w-]+):/;

/** Without a time there is no host; a program is one only when its process is named, too. */
function readHeadless(text: string, at: number, hasPriority: boolean, found: SyslogMessage): void {
  const tag = hasPriority ? HEADLESS_TAG.exec(text.slice(at, at + MAX_TAG)) : null;
  if (tag === null) {
    found.message = text.slice(at);
    return;
  }
  found.appname = tag[1];
  found.procid = tag[2];
  found.message = afterBlank(text, at + tag[0].length);
}
const HEADLESS_TAG = /^([\w./-]{1,200})\[(\w{1,32})\]:/;

function readHostAndTag(text: string, start: number, found: SyslogMessage): void {
  let at = start;
  if (readTag(text, at, found)) return;
  const end = text.indexOf(' ', at);
  const host = text.slice(at, end);
  // A single word is what was said, and not by whom.
  if (end === -1 || !HOST.test(host) || host === 'last') {
    found.message = text.slice(at);
    return;
  }
  found.hostname = host;
  at = end + 1;
  if (text.charCodeAt(at) === COLON && text.charCodeAt(at + 1) === SPACE) at += 2;
  if (text.charCodeAt(at) === PERCENT) readMnemonic(text, at, found);
  else if (!readTag(text, at, found)) found.message = text.slice(at);
}
const HOST = /^[\w.:%/-]{1,255}$/;

/** `app: `, `app[123]: `, `app[123] `; Docker's tag may hold nearly anything but blanks. True: it is there, and the rest is the message. */
function readTag(text: string, at: number, found: SyslogMessage): boolean {
  const blank = text.indexOf(' ', at);
  const end = blank === -1 ? text.length : blank;
  if (end - at > MAX_TAG || end - at < 2) return false;
  const hasColon = text.charCodeAt(end - 1) === COLON;
  const tagEnd = hasColon ? end - 1 : end;
  if (text.charCodeAt(tagEnd - 1) === CLOSE) {
    const open = text.lastIndexOf('[', tagEnd - 1);
    if (open <= at || !TAG.test(text.slice(at, open))) return false;
    found.appname = text.slice(at, open);
    found.procid = open + 1 < tagEnd - 1 ? text.slice(open + 1, tagEnd - 1) : undefined;
  } else if (hasColon && TAG.test(text.slice(at, tagEnd))) found.appname = text.slice(at, tagEnd);
  else return readTightTag(text, at, end, found);
  found.message = text.slice(Math.min(end + 1, text.length));
  return true;
}
const TAG = /^[^\s"'{}<>=,;]+$/;
const MAX_TAG = 300;

/** `app[123]:message` without a blank between them. */
function readTightTag(text: string, at: number, end: number, found: SyslogMessage): boolean {
  const tight = TIGHT_TAG.exec(text.slice(at, end));
  if (tight === null) return false;
  found.appname = tight[1];
  found.procid = tight[2];
  found.message = text.slice(at + tight[0].length);
  return true;
}
const TIGHT_TAG = /^([\w./-]+)\[(\w+)\]:/;

const afterBlank = (text: string, at: number): string => text.slice(text.charCodeAt(at) === SPACE ? at + 1 : at);

/** The digits between two places as a number, NaN if one of them is none. */
function numberIn(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return Number.NaN;
    value = value * 10 + code - 0x30;
  }
  return value;
}

const SPACE = 0x20;
const PERCENT = 0x25;
const STAR = 0x2a;
const MINUS = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const LESS = 0x3c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BOM = 0xfeff;
