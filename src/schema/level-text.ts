import { withoutColors } from '../core/colors.ts';
import type { Level } from '../core/event.ts';
import { levelOf } from '../core/schema/levels.ts';

/**
 * The level that a line of text shows by its form; undefined if it shows none. Only the head of the line is read: levels
 * stand in front. In order: a number in front (`<3>`), letters in known places (klog, redis, MongoDB), `level=...` and
 * `"level":...`, a bracketed word or letter, a word in capitals after nothing but time stamps and names, a word with a colon, the
 * name of an exception. A stack trace below makes it at least an ERROR. A word inside prose is no level, nor is one that is
 * counted or negated (`0 errors`, `error: none`).
 */
export function levelOfText(message: string): Level | undefined {
  const level = levelOfHead(message);
  if (level === 'ERROR' || level === 'FATAL' || !message.includes('\n')) return level;
  return TRACE.test(message.length > TRACE_HEAD ? message.slice(0, TRACE_HEAD) : message) ? 'ERROR' : level;
}

/** Stack traces of Java, JavaScript and .NET, Python, Go, Ruby, PHP below a line of any level. */
const TRACE =
  /\n[! \t]+at [^\n]*(?:\(|:\d+$)|(?:^|\n) *(?:\+ Exception Group )?Traceback \(most recent call last\):|^ {2}File "[^"\n]+", line \d+\n|\ngoroutine \d+ [^\n]*\[|\n[ \t]+from \S+:\d+:in |\n(?:\[[\w-]+\] )*[ \t]*\S+:\d+:in [`']|\nNode\.js v\d|\n\[stacktrace\]\n|\nstack backtrace:\n|\n#0 +\S/m;
const TRACE_HEAD = 4000;

function levelOfHead(message: string): Level | undefined {
  let head = message.length > HEAD ? message.slice(0, HEAD) : message;
  head = withoutColors(head);
  const mark = marked(head);
  if (mark !== undefined) return mark;
  if (!WORD_HINT.test(head) && !NAME_HINT.test(head)) return undefined;
  if (CRASH.test(head)) return 'FATAL';
  return paired(head) ?? worded(head) ?? lowered(head) ?? thrown(head);
}

const HEAD = 400;
// Most lines show no level at all, and these two say so: words that begin like one (asking for the beginning of a word
// makes it four times as fast), and names that end like one.
const WORD_HINT =
  /(?:^|[^a-z])(?:err|emerg|warn|wrn|inf|deb|dbu?g|fata?|fail|ftl|cri?t|tra?c|noti|not?e|sev|d?panic|alert|segm|verb|unc|unhand|syst|log:|lev|lvl|depr|fine|config|thread '|[[(][DEFIWCTV][\])])/i;
const NAME_HINT = /Exception|Error|Warning: |[a-z]::[A-Z]|\n\s+at |^(?:SIG|terminate |unexpected |runtime: )/;

/** Marks of one character at a known place. */
function marked(head: string): Level | undefined {
  const first = head.charCodeAt(0);
  if (first === 60 /* < */) {
    const m = PRIORITY.exec(head);
    if (m !== null && +m[1]! < 192) return levelOf(+m[1]! % 8, 'syslog');
  }
  if (first === 91 /* [ */) {
    const m = TORNADO.exec(head);
    return m === null ? undefined : levelOf(m[1]);
  }
  if (first >= 48 && first <= 57) {
    const redis = REDIS.exec(head);
    if (redis !== null) return REDIS_MARKS[redis[1]!];
    const mongo = MONGO.exec(head);
    return mongo === null ? undefined : levelOf(mongo[1]);
  }
  if (first >= 65 && first <= 90) {
    const m = KLOG.exec(head);
    return m === null ? undefined : levelOf(m[1] ?? m[2]);
  }
  return undefined;
}

const PRIORITY = /^<(\d{1,3})>/;
const TORNADO = /^\[([DIWEC]) [\d-]/;
const REDIS = /^\d+:[MSCX] \d{1,2} [A-Z][a-z]{2} \d{4} [\d:.]+ ([.\-*#]) /;
const REDIS_MARKS: Readonly<Record<string, Level>> = { '.': 'DEBUG', '-': 'DEBUG', '*': 'INFO', '#': 'WARN' };
const MONGO = /^\d{4}-\d\d-\d\dT\S+ ([FEWID])\d? +[A-Z]+ +\[/;
const KLOG = /^(?:([IWEF])(?:\d{4}|\d{6}|\d{8}) \d\d:\d\d:\d\d|([VDIWEF])\/[\w.$-]+ *(?:\( *\d+\))?:)/;

/** `level=warn`, `"level":"warn"`, `level: warn` in front. */
function paired(head: string): Level | undefined {
  const m = PAIR.exec(head);
  return m === null || ENVIRONMENT.test(m[0]) ? undefined : levelOf(m[1] ?? m[2] ?? m[3]);
}

const NAME = '(?:log[._-]?)?(?:level(?:name|_name)?|lvl|severity)';
const PAIR = new RegExp(
  `(?:^|[\\s,{|(\\[])${NAME}=["']?([A-Za-z]+|\\d{1,5})\\b` + // logfmt
    `|["']${NAME}["']\\s*[:=]>?\\s*["']?([A-Za-z]+|\\d{1,5})\\b` + // JSON, Ruby, Python
    `|(?:^|[,{]\\s*)${NAME}: ?([A-Za-z]+)\\b`, // YAML
  'i',
);

/** A variable of the environment that a program tells: it sets a level, and has none. */
const ENVIRONMENT = /^\s*LOG_?LEVEL=/;

/** A word for a level at a place where levels stand. */
function worded(head: string): Level | undefined {
  const isMarked = MARK.test(head);
  const letter = isMarked ? LETTER.exec(head) : null;
  if (letter !== null && isInFront(head.slice(0, letter.index))) return levelOf(letter[1]);
  const bracketed = isMarked ? BRACKETED.exec(head) : null;
  const capital = firstCapital(head);
  if (bracketed !== null && (capital === undefined || bracketed.index <= capital.index)) {
    const level = levelOf(bracketed[1] ?? bracketed[2] ?? bracketed[3]);
    if (level !== undefined && !isProse(head.slice(0, bracketed.index), 3)) return level;
  }
  if (capital !== undefined) return capital.level;
  const colon = ENDING_COLON.test(head) ? COLON.exec(head) : null;
  if (colon !== null) {
    const before = head.slice(0, colon.index);
    if (!isProse(before, 2) && !isNegated(before) && !NOTHING.test(head.slice(colon.index + colon[0].length))) {
      return levelOf(
        colon[1]!.toLowerCase() === 'fatal error' ? 'fatal' : colon[1]!.replace(/^\w+ (?=error|warning)/i, ''),
      );
    }
  }
  const npm = head.startsWith('npm ') ? NPM.exec(head) : null;
  return npm === null ? undefined : levelOf(npm[1]);
}

// Without these, there is no use in the longer look.
const MARK = /[[(<|\t]/;
const ENDING_COLON = /:(?:\s|$)/;

const WORDS =
  'FATAL|FATA|FTL|CRITICAL|CRIT|EMERG|EMERGENCY|ALERT|PANIC|DPANIC|ERROR|ERRO|ERR|SEVERE|WARNING|WARN|WRN|INFORMATION|INFO|INF|NOTICE|NOTE|DEBUG[1-5]?|TRACE[1-8]|DEBU|DBG|DBUG|TRACE|TRAC|TRC|VERBOSE|VRB|FINE|FINER|FINEST|CONFIG';
// `[error]`, `[core:error]`, `[main/INFO]`, `<warn>`, `[ERROR ]`; round brackets only in capitals.
const BRACKETED = new RegExp(
  `[[<](?:[\\w.$# -]{1,40}[:/])?\\s*(${WORDS}|System|Err|Dbg)\\s*(?::\\d+)?[\\]>]|(?-i:\\((${WORDS})\\))|[\\t|](${WORDS})[\\t|]`,
  'i',
);
// `[E] text`, `17:00:01 (W) text`: letters stand in front, with nothing but stamps and names before them.
// `[C]: in function 'error'` is a frame of Lua.
const LETTER = /[[(]([DEFIWCTV])[\])](?!(?<=\[C\]): in )(?=\s|:|$)/;
const CAPITAL = new RegExp(
  `(?<![\\w"'=%\\\\-])(?:(?<=\\s|^|[\\[({|:;,>.*/])(${WORDS}))(?![\\w"'=%\\\\.?]|-\\w|/\\w+/)`,
  'g',
);
const COLON =
  /(?:^|[\s\])>|;:-])((?:(?:fatal|parse|core|user|recoverable|syntax) )?error|warning|warn|fatal|panic|critical|crit|fail|notice|info|debug|dbug|trce|trace|deprecated|alert|emerg|log):(?=\s|$)/i;
const NOTHING =
  /^\s*(?:0(?![\d.]*[1-9a-z])|no(?=\s*(?:$|[,;.)}\]])|\s+(?:errors?|problems?|issues?|failures?|faults?|warnings?|alerts?)\b)|ok\b|\(?nothing\b|(?:none|null|nil|false|undefined|n\/a|-|""|''|\[\]|\{\})\s*(?:$|[,;)}\]]))/i;
const NPM = /^npm +(ERR|WARN|error|warn|notice|info|verb)(?:!|\b)/;

/** The first word in capitals that stands where a level stands. */
function firstCapital(head: string): { index: number; level: Level } | undefined {
  CAPITAL.lastIndex = 0;
  for (let m = CAPITAL.exec(head); m !== null; m = CAPITAL.exec(head)) {
    const before = lineBefore(head, m.index);
    if (isNegated(before) || (before.includes('/') && IN_PATH.test(before))) continue;
    const after = head.slice(m.index + m[0].length);
    const level = levelOf(m[1]);
    if (level === undefined) continue;
    if (level !== 'INFO' && level !== 'DEBUG' && NOTHING.test(after.replace(/^\s*[:=]/, '')) && /^\s*[:=]/.test(after))
      continue;
    if (isProse(before, /^\s*(?::|\||\]|-|\[\d{4,}\]|$)/.test(after) || /\d/.test(before) ? 1 : 0)) continue;
    return { index: m.index, level };
  }
  return undefined;
}

/** True for what may stand before a letter that is a level. */
function isInFront(before: string): boolean {
  return before.length < 100 && /(?:^|[\s\])>|])$/.test(before) && !isProse(before, 1);
}

/** Inside an address or a path: `http://shop/ERROR`, `/var/log/ERROR`. */
const IN_PATH = /(?:^|[\s"'(<=,[])(?:[\w.+-]{1,20}:\/\/|\.{0,2}\/)\S*$/;

/** A word in small letters behind time stamps and brackets: `17:00:01 [main] error c.e.Shop - no stock`. */
function lowered(head: string): Level | undefined {
  const m = LOWERED.exec(head);
  return m === null ? undefined : levelOf(m[1]);
}

const LOWERED =
  /^(?:(?:\[[^\]\n]{1,80}\]:?\s*|\([^)\n]{1,80}\)\s*|\d[\dTZ:.,/+-]*\s+(?:main\s+)?|[A-Za-z][\w.#@-]*-\d+\s+)(?:[|-]\s+)?){1,6}(fatal|critical|error|warning|warn|notice|info|debug|trace)(?=[\s|\]-])(?!\s+(?:(?:handl|pag|rat|budget|cod|report|log|count|messag|recover|correct)\w*|of|is|was|in)\b)/;

function lineBefore(head: string, index: number): string {
  return head.slice(head.lastIndexOf('\n', index - 1) + 1, index);
}

/** True when more than `allowed` bare words stand there: sentences have them, time stamps and logger names have not. */
function isProse(before: string, allowed: number): boolean {
  if (before.length < 3) return false;
  let words = 0;
  for (const word of before.split(/\s+/)) if (BARE.test(word) && !CALENDAR.test(word) && ++words > allowed) return true;
  return false;
}

const BARE = /^["'(]?[A-Za-z]{2,}[,;"')]?$/;
const CALENDAR =
  /^(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun|UTC|GMT|AM|PM|[A-Z]{3,4}|PHP)$/;

function isNegated(before: string): boolean {
  return /(?:^|[^\w.])(?:0|no|zero|without|any|non|not|for|as|to|of|ignore|ignoring|last)[\s-]+(?:\w+\s+)?["'[(]?$/i.test(
    before,
  );
}

/** Exceptions and warnings by their own words. */
function thrown(head: string): Level | undefined {
  if (EXCEPTION.test(head) || (WITHIN_HINT.test(head) && EXCEPTION_WITHIN.test(head))) return 'ERROR';
  const mayWarn = head.includes('arning: ') || head.startsWith('=');
  return mayWarn && WARNING.test(head) ? 'WARN' : undefined;
}

const CRASH =
  /^(?:panic: |fatal error: |(?:thread '[^']*' (?:\(\d+\) )?)?panicked at |Fatal Python error: |terminate called (?:after|without) |unexpected fault address |SIG[A-Z]{3,5}: |Segmentation fault|<--- Last few GCs --->|(?:={65}\n)?==\d+==ERROR: \w+Sanitizer: |#\n# A fatal error has been detected|runtime: (?:out of memory|goroutine stack exceeds))/;
const EXCEPTION = new RegExp(
  [
    '^Traceback \\(most recent call last\\)',
    '^(?:Exception in thread|Caused by:|Unhandled|Uncaught) ',
    // `TypeError: `, `java.lang.IllegalStateException`, `ActiveRecord::ConnectionNotEstablished: `
    '^(?:(?:Unhandled|Uncaught) )?(?:[\\w$]+[.:\\\\]+)*[A-Z]\\w*(?:Error|Exception)(?::| \\[|$|\\n| at )',
    '^(?:[A-Z]\\w*::)+[A-Z]\\w*: ',
    '^Error (?:\\w+ing|in|on|at|from|during|while|when|occurred)\\b(?! (?:handler|page|rate)s?\\b)',
    '^=ERROR REPORT=',
    '^lua(?:jit|5\\.\\d)?: ',
    '^\\*\\* \\([A-Z][\\w.]*\\) ',
    "^\\S+:\\d+:in [`'][^\\n]*\\([\\w:]+\\)(?:\\n|$)",
  ].join('|'),
);
const EXCEPTION_WITHIN =
  /\bhttp2?: panic serving |\bpanic recovered:|WordPress database error |\n(?:stack traceback:(?:\n|$)|\s+at \S.*\(|Traceback \(most)/;
const WITHIN_HINT = /\n|panic |base error /;
// `DeprecationWarning: ` of Node and Python.
const WARNING = /(?:^|[)\]:] )\w{0,40}Warning: |^={18}\nWARNING: /;
