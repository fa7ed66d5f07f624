/*
 * Forms of single lines: what a line of a stack trace looks like, and what certainly begins a record of its own.
 * Each expression is anchored and reads a line once, so a hostile line costs no more than an honest one.
 */

/** `\tat a.B.c(B.java:1)`, `    at pay (/app/x.js:1:2)`, `   at A.B.C() in /src/x.cs:line 5`, `\t... 12 more`. */
export const AT_FRAME = /^\s+(?:at \S|\.\.\. \d)/;
/** `app/models/cart.rb:3:in 'pay'` */
export const RUBY_FRAME = /^\s*(?:from )?[^\s:]+:\d+:in [`'\w]/;
/** `#0 /app/a.php(3): f()`, `#1 {main}`, `#0      main (file:///a.dart:3:3)`. */
export const NUMBERED_FRAME = /^#\d+ +\S/;
export const BLANK = /^\s*$/;
export const INDENTED = /^\s+\S/;
/** The mark below a line of source. */
export const CARET = /^\s*~*\^[~^]*\s*$/;
/** Ends of what Node prints behind a stack: `}`, `],`, `] {`. */
export const CLOSER = /^[\]})]+[,;]?(?: [[{(])?\s*$/;

export const TRACEBACK =
  /^\s*(?:\| )?(?:\+ )?(?:Exception Group )?Traceback \(most recent call last\):|^(?:[\w.]+\.)?_?RemoteTraceback:/;
/** Where Python could not read a source: there is no line `Traceback` then. */
const PYTHON_SOURCE = /^ {2}File "[^"]+", line \d+$/;
export const GOROUTINE = /^goroutine \d+ (?:\w+=\S+ )*\[[^\]]+\]:?$/;
const GO_CRASH =
  /^(?:panic: |fatal error: |runtime: (?:goroutine|out of memory|unexpected)|unexpected fault address |SIG[A-Z]+: )/;
const GO_RECOVERED = /^.{0,100}?(?:\bhttp2?: panic serving |\bObserved a panic|\bpanic recovered\b)/;
const PHP =
  /^PHP (?:Fatal error|Parse error|Recoverable fatal error|Warning|Notice|Deprecated): |^(?:Fatal|Parse) error: /;
// Behind the prefixes of Apache, php-fpm and loggers.
const PHP_INSIDE = /PHP Fatal error: |"exception":"\[object\] \(/;
// Spring Boot says why it does not start in a box of asterisks, with a description and an action.
const SPRING_FAILURE = /LoggingFailureAnalysisReporter +: *$/;
const RUBY_HEAD = /^[^\s:]+:\d+:in [`'].*\([\w:]+\)$/;
const RUST_PANIC = /^(?:thread '[^']*' (?:\(\d+\) )?)panicked at /;
// The place that Node, Deno and Bun print above the line of source: `/app/x.js:3`, `node:events:497`, `[eval]:1`.
const NODE_PLACE =
  /^(?:(?:file:\/\/)?\S*\.(?:[cm]?[jt]sx?|json):\d+|node:[\w/]+:\d+|internal\/[\w/]+\.js:\d+|(?:\[(?:eval|stdin|worker eval)\]|undefined|evalmachine\.<anonymous>|<anonymous>):\d+)$/;
/** A record of .NET's console logger: its text follows on lines of their own, six blanks in. */
export const DOTNET_RECORD = /^(?:\S+ ){0,2}(?:trce|dbug|info|warn|fail|crit): \S+\[\d+\]$/;
/** The first line of `java.util.logging`; the level comes on the second. */
export const JUL_FIRST = /^[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d\d:\d\d\s(?:[AP]M )?[\w$.<>]+(?: [\w$<>]+)?$/;
export const JUL_SECOND = /^(SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST): /;
/** Go's race detector and the sanitizers of clang and gcc put lines of `=` around what they say. */
export const BANNER = /^={18}$|^={65}$/;
export const RACE = /^WARNING: (?:DATA RACE$|ThreadSanitizer: )/;
export const SANITIZER = /^==\d+==(?:ERROR|WARNING|HINT|ABORTING)/;
const LUA_HEAD = /^lua(?:jit|5\.\d)?: /;
export const ELIXIR = /^\*\* \([\w.]+\) /;

// The beginning of `Exception in thread "main" a.B: x`, `Unhandled exception. A.B: x`, `Caused by: a.B`.
const LEAD =
  /^(?:Exception in thread "[^"]*" |(?:Unhandled [Ee]xception|Uncaught exception|Unhandled error|Unhandled rejection|Uncaught)\b|(?:Caused by|Nested [Ee]xception|error: Uncaught)\b|Also: )/;
const LEAD_LETTERS = 'EUCNAe';
// A name with its dots: `java.lang.IllegalStateException`, `Foo::BarError`, `App\Errors\Busy`, `TypeError`.
const NAME =
  /^([A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*(?:(?:[./\\]|::)[A-Za-z_$<\u0080-\uffff][\w$<>\u0080-\uffff]*)*)(?:: |:?$|:? \[\w+\](?:: |:?$)|:? [{(])/;
const ERROR_NAME =
  /(?:Error|Exception|Throwable|Failure|Fault|Interrupt|Exit|Abort|Warning|Iteration|Group|Rejection|Panic|Errors|Timeout)$/;
const LAMBDA_OR_DOT = /[./\\]|::/;

/** `strong`: an exception by its name; `weak`: `a.b.C: text`, which ordinary lines look like, too. */
export type HeadKind = 'strong' | 'plain' | 'weak';

/** What a line says that may be the head of a trace; `plain` is an exception's name without a path. */
export function headKind(text: string): HeadKind | undefined {
  if (LEAD_LETTERS.includes(text[0]!) && LEAD.test(text)) return 'strong';
  const name = NAME.exec(text)?.[1];
  if (name === undefined || name.length > 300) return undefined;
  const isPath = LAMBDA_OR_DOT.test(name);
  if (ERROR_NAME.test(name)) return isPath ? 'strong' : 'plain';
  return isPath ? 'weak' : undefined;
}

const LEVELS =
  'TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|CRIT|FATAL|SEVERE|ALERT|EMERGENCY|CONFIG|FINE|FINER|FINEST';
const RECORD = new RegExp(
  [
    '^[[(<"]*\\d{4}[-/.]\\d\\d[-/.]\\d\\d', // a date in front
    '^[[(<"]*\\d\\d[-/.]\\d\\d[-/.]\\d{4}',
    '^[[(<"]*\\d{1,2}[-/ ][A-Z][a-z]{2}[-/ ]\\d{4}',
    '^[[(<"]*\\d\\d:\\d\\d:\\d\\d',
    '^[[(<"]*(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\\d{1,2}[ ,]',
    '^\\[[A-Z][a-z]{2} [A-Z][a-z]{2} +\\d',
    `^[[(<]?(?:${LEVELS})\\b`,
    '^(?:trace|debug|info|notice|warn|warning|error|critical|fatal|trce|dbug|fail|crit)(?::|\\s\\[|$)',
    '^\\[(?:trace|debug|info|notice|warn|warning|error|critical|fatal|Nest)\\]',
    '^[DIWEF], \\[\\d',
    '^[IWEF]\\d{4} \\d\\d:',
    '^\\d+:[XCSM] \\d',
    '^\\{"',
    '^<\\d{1,3}>',
    '^(?:ts|time|level|timestamp|t)=',
    '^\\S+ \\S+ \\S+ \\[\\d\\d\\/', // an access line
    '^\\(node:\\d+\\) ',
    `^\\S+ +[|] +(?:${LEVELS})\\b`,
  ].join('|'),
);

/** True when the line is a record of its own by its form: it is never taken for the rest of a message. */
export const isRecord = (text: string): boolean => RECORD.test(text);

/** States of a trace that a line begins by its own form. */
export type Begin =
  | 'python'
  | 'pythonFault'
  | 'goCrash'
  | 'go'
  | 'php'
  | 'ruby'
  | 'rust'
  | 'nodePlace'
  | 'bunSource'
  | 'dotnetRecord'
  | 'springFailure'
  | 'jul'
  | 'cpp'
  | 'elixir'
  | 'lua'
  | 'bannerOrReport'
  | 'race'
  | 'sanitizer'
  | 'nodeHeap'
  | 'head'
  | 'weakHead'
  | 'plainHead';

/** What a line begins; undefined for nearly all lines, and that soon. */
export function beginOf(text: string): Begin | undefined {
  const first = text.charCodeAt(0);
  if (first === 123 /* { */) return undefined;
  if (first <= 32) return first === 32 && (TRACEBACK.test(text) || PYTHON_SOURCE.test(text)) ? 'python' : undefined;
  switch (first) {
    case 84: // T
      if (TRACEBACK.test(text)) return 'python';
      break;
    case 103: // g
      if (GOROUTINE.test(text)) return 'go';
      break;
    case 102: // f
    case 112: // p
    case 114: // r
    case 117: // u
    case 83: // S
      if (GO_CRASH.test(text)) return 'goCrash';
      break;
    case 116: // t
      if (RUST_PANIC.test(text)) return 'rust';
      if (text.startsWith('terminate called ')) return 'cpp';
      break;
    case 80: // P
      if (PHP.test(text)) return 'php';
      break;
    case 70: // F
      if (text.startsWith('Fatal Python error: ')) return 'pythonFault';
      if (PHP.test(text)) return 'php';
      break;
    case 42: // *
      return ELIXIR.test(text) ? 'elixir' : undefined;
    case 61: // =
      return SANITIZER.test(text) ? 'sanitizer' : BANNER.test(text) ? 'bannerOrReport' : undefined;
    case 108: // l
      if (LUA_HEAD.test(text)) return 'lua';
      break;
    case 60: // <
      return text === '<--- Last few GCs --->' ? 'nodeHeap' : undefined;
    case 87: // W
      if (RACE.test(text)) return 'race';
      break;
    case 45: // -
    case 35: // #
      return undefined;
  }
  const last = text.charCodeAt(text.length - 1);
  if (last >= 48 && last <= 57) {
    if (NODE_PLACE.test(text)) return 'nodePlace';
  } else if (last === 41 /* ) */) {
    if (RUBY_HEAD.test(text)) return 'ruby';
  } else if (last === 93 /* ] */ && DOTNET_RECORD.test(text)) return 'dotnetRecord';
  if (first >= 48 && first <= 57) {
    if (text.length < 400 && /^\d+ \| /.test(text)) return 'bunSource';
    return undefined;
  }
  if (first >= 65 && first <= 90 && JUL_FIRST.test(text)) return 'jul';
  const kind = headKind(text);
  if (kind !== undefined) {
    if (TRACEBACK.test(text)) return 'python';
    return kind === 'strong' ? 'head' : kind === 'plain' ? 'plainHead' : 'weakHead';
  }
  return undefined;
}

/** False for most lines that are neither the header of a trace nor begin one behind a prefix. */
export const isSuspicious = (text: string): boolean =>
  WORD.test(text) || (hasName(text) && NAME_END.test(text)) || (isKlogLetter(text.charCodeAt(0)) && KLOG.test(text));

const hasName = (text: string): boolean => text.includes('Error') || text.includes('Exception');
const isKlogLetter = (code: number): boolean => code === 69 || code === 70;

// Asking for the beginning of a word is what makes it fast.
const WORD = /(?:^|[^a-z])(?:err|fata|severe|crit|emerg|alert|panic|exception|unhandled|uncaught|fail|php f|object\])/i;
const NAME_END = /[a-z](?:Error|Exception)/;
const KLOG = /^[EF]\d{4}/;

/** Traces whose first line has the prefix of a logger. */
export function insideOf(text: string): Begin | undefined {
  if (GO_RECOVERED.test(text)) return 'goCrash';
  if (SPRING_FAILURE.test(text)) return 'springFailure';
  return PHP_INSIDE.test(text) ? 'php' : undefined;
}

/** The first line of a panic whose message stands on the next. */
export const RUST_NEXT_IS_MESSAGE = /^thread '[^']*' (?:\(\d+\) )?panicked at .*:$/;
/** The last line of a traceback whose message goes on below. */
export const UNFINISHED = /[:,([{\\]\s*$|\d+ validation errors? for /;
