import {
  AT_FRAME,
  BANNER,
  BLANK,
  CARET,
  CLOSER,
  ELIXIR,
  GOROUTINE,
  INDENTED,
  NUMBERED_FRAME,
  RACE,
  RUBY_FRAME,
  SANITIZER,
  TRACEBACK,
} from './lines.ts';

/** Where a trace is. */
export type State =
  | 'header'
  | 'named'
  | 'blank'
  | 'bang'
  | 'head'
  | 'frames'
  | 'framesGap'
  | 'python'
  | 'pythonQuote'
  | 'pythonDone'
  | 'pythonGap'
  | 'pythonChain'
  | 'pythonFault'
  | 'goCrash'
  | 'go'
  | 'goGap'
  | 'phpHead'
  | 'phpFrames'
  | 'phpGap'
  | 'ruby'
  | 'rubyGap'
  | 'rust'
  | 'nodePlace'
  | 'nodeCode'
  | 'nodeCaret'
  | 'bunSource'
  | 'dotnetRecord'
  | 'springFailure'
  | 'jul'
  | 'cpp'
  | 'elixir'
  | 'lua'
  | 'luaFrames'
  | 'bannerOrReport'
  | 'race'
  | 'sanitizer'
  | 'nodeHeap'
  | 'closed';

/** The form of a line, the state after it (undefined: as before), and what it is to the event (undefined: a part of it). */
export type TraceRule = readonly [form: RegExp, next?: State | undefined, verdict?: 'maybe' | 'no'];

const CAUSE =
  /^\s*(?:! )?(?:Caused by|Caused|Suppressed|Wrapped by|Causing|Nested [Ee]xception|Root cause|Likely root cause|Also|\[CIRCULAR REFERENCE): ?\S?/;
const CAUSE_LIST = /^(?:Caused by|Stack backtrace|Location):\s*$/;
const DOTNET_MARK = /^(?:--- End of |---> |<---)/;
const RUNTIME_END =
  /^(?:Node\.js v\d|Emitted '\w+' event |Bun v\d|\(Use `\S+ --trace|\[cause\]|\[errors\]|Thrown at:|From previous event:|For complete error details|<asynchronous suspension>|SUMMARY: )/;
const PHP_STACK = /^(?:PHP )?Stack trace:|^\[stacktrace\]|^\[previous exception\]/;
const PHP_PLACE = /^PHP +\d+\. |^(?:PHP )? +thrown in /;
const GO_CALL = /^[^\s(]+\(.*\)(?: in goroutine \d+)?$/;
const GO_FILE = /^\S+\.go:\d+(?: \(0x|:? \+0x|$)/;
// Loggers print the names of functions without their arguments: `main.main`, `github.com/x/y.(*T).f`.
const GO_FUNCTION = /^[\w.-]+(?:\/[\w.-]+)*\.(?:\(\*?\w+\)\.)?[\w.-]+$/;
const GO_NAME = /^[\w.-]+\/[\w./()*-]+\.[\w.-]+$|^\w+\.\(\*\w+\)\.[\w.-]+$/;
const GO_INDENTED = /^\s+\S+\.go:\d+(?: |$)/;
const GO_MORE =
  /^(?:created by |\[originating from |\.\.\.\s?(?:additional|\d+) frames? elided|exit status \d|runtime stack:|runtime: |PC=|\[signal |fatal error: )/;
const GO_REGISTER = /^(?:r\w{1,6}|e\w{2,5}|[cdefgs]s|lr|sp|pc|fault|x\d\d?) +0x/;
const PYTHON_CHAIN = /^(?:During handling of the above exception|The above exception was the direct cause)/;
// What drivers and generated code write below their exception: SQLAlchemy, psycopg, Kubernetes, Selenium.
const PYTHON_TAIL =
  /^(?:\[SQL: |\[parameters: |\(Background on this error|DETAIL: |HINT: |CONTEXT: |QUERY: |LINE \d+: |Reason: |HTTP response |Stacktrace:|#\d+ 0x|>$|"""$|Original exception was:|[)\]}]+[,.]?$)/;
// The last line of a traceback: the name of an exception, any name.
const PYTHON_LAST = /^[A-Za-z_\u0080-\uffff][\w.<>[\]\u0080-\uffff]*(?::(?:\s|$)|$)/;
// Records of Next.js begin with a blank.
const NEXT_RECORD = /^ (?:[⨯⚠✓○▲] |(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/)/;
const RECORD_WORD = /^(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)\b/;

const LUA_STACK = /^stack traceback:$/;
const SANITIZER_PART =
  /^(?:(?:READ|WRITE) of size |(?:Address )?0x[\da-f]+ is located |(?:freed|previously allocated|allocated) by thread |(?:Direct|Indirect) leak of |Thread T\d|HINT: |Hint: |This frame has |SUMMARY: |Shadow byte|=>0x|MS: |NOTE: |Uninitialized value was |Address 0x|(?:Address|Memory)Sanitizer )/;
/** ` 1: 0xb7a940 node::Abort() [node]`, with or without a `#` in older versions. */
const NATIVE_FRAME = /^#?\s*\d+: 0x[\da-f]+\b/;
const V8_HEADING = /^-{5} (?:Native|JavaScript) stack trace -{5}$/;

const same = undefined;

/** In each state the first form that fits decides; what none fits is for `Trace` to judge. */
export const RULES: Readonly<Record<State, readonly TraceRule[]>> = {
  header: [
    [BLANK, same, 'maybe'],
    [AT_FRAME, 'frames'],
    [TRACEBACK, 'python'],
    [GOROUTINE, 'go'],
    [RUBY_FRAME, 'ruby'],
    [NUMBERED_FRAME, 'phpFrames'],
    [PHP_STACK, 'phpFrames'],
    [PHP_PLACE, 'phpFrames'],
    [/^!/, 'bang'],
    [CAUSE, 'head'],
    [ELIXIR, 'elixir'],
    [LUA_STACK, 'luaFrames'],
    [NATIVE_FRAME, 'nodeHeap'],
    [V8_HEADING, 'nodeHeap'],
    [GO_NAME, 'goCrash', 'maybe'],
  ],
  // A line that names an exception, at a level that is no error: only its frames belong to it.
  named: [
    [AT_FRAME, 'frames'],
    [RUBY_FRAME, 'ruby'],
  ],
  blank: [[BLANK, same, 'maybe']],
  bang: [
    [/^!/, same],
    [BLANK, same, 'maybe'],
    [AT_FRAME, 'frames'],
  ],
  head: [
    [AT_FRAME, 'frames'],
    [GO_INDENTED, 'go'],
    [RUBY_FRAME, 'ruby'],
    [NUMBERED_FRAME, 'phpFrames'],
    [PHP_STACK, 'phpFrames'],
    [/^"""$/, 'pythonQuote'],
    [CAUSE_LIST, 'rust'],
    [CAUSE, 'head'],
    [/^\s*---> /, 'head'],
    [RUNTIME_END, 'frames'],
    [CARET, same],
    [BLANK, same, 'maybe'],
    [INDENTED, same, 'maybe'],
    [CLOSER, same, 'maybe'],
  ],
  frames: [
    [CAUSE, 'head'],
    [NEXT_RECORD, same, 'no'],
    [INDENTED, same],
    [DOTNET_MARK, same],
    [CLOSER, same],
    [RUNTIME_END, same],
    [NUMBERED_FRAME, same],
    [BLANK, 'framesGap', 'maybe'],
  ],
  framesGap: [
    [BLANK, same, 'maybe'],
    [AT_FRAME, 'frames'],
    [CAUSE_LIST, 'rust'],
    [CAUSE, 'head'],
    [RUNTIME_END, 'frames'],
    [DOTNET_MARK, 'frames'],
    [CLOSER, 'frames'],
  ],
  python: [
    [/^\s+(?:\| )?(?:\+ )?Exception Group Traceback/, same],
    [INDENTED, same],
    [/^"""$/, 'pythonQuote'],
    [/^> File /, same],
    [BLANK, same, 'maybe'],
    [PYTHON_CHAIN, 'pythonChain'],
    [RUBY_FRAME, 'ruby'],
    [RECORD_WORD, same, 'no'],
    [PYTHON_LAST, 'pythonDone'],
  ],
  // The traceback of another process, in quotes.
  pythonQuote: [
    [TRACEBACK, 'python'],
    [BLANK, 'pythonGap', 'maybe'],
    [INDENTED, 'python'],
  ],
  pythonDone: [
    [BLANK, 'pythonGap', 'maybe'],
    [TRACEBACK, same, 'no'],
    [PYTHON_CHAIN, 'pythonChain'],
    [INDENTED, same],
    [CARET, same],
    [PYTHON_TAIL, same],
  ],
  pythonGap: [
    [BLANK, same, 'maybe'],
    [PYTHON_CHAIN, 'pythonChain'],
    [PYTHON_TAIL, 'pythonDone'],
  ],
  pythonChain: [
    [BLANK, same, 'maybe'],
    [TRACEBACK, 'python'],
  ],
  pythonFault: [
    [/^(?:Current thread|Thread) 0x|^Extension modules: |^Python runtime state: |^<no Python frame>/, same],
    [INDENTED, same],
    [BLANK, same, 'maybe'],
  ],
  goCrash: [
    [GOROUTINE, 'go'],
    [GO_INDENTED, 'go'],
    [GO_MORE, same],
    [GO_FILE, 'go'],
    [/^panic: .*\[recovered/, same],
    [/^\s+panic: /, same],
    [GO_REGISTER, 'goGap'],
    [BLANK, same, 'maybe'],
    [INDENTED, same, 'maybe'],
  ],
  go: [
    [INDENTED, same],
    [GO_CALL, same],
    [GO_FUNCTION, same, 'maybe'],
    [GO_MORE, same],
    [GOROUTINE, same],
    [GO_FILE, same],
    [BLANK, 'goGap', 'maybe'],
  ],
  goGap: [
    [BLANK, same, 'maybe'],
    [GOROUTINE, 'go'],
    [GO_REGISTER, same],
    [/^(?:exit status \d|runtime stack:|\[originating from )/, 'go'],
  ],
  phpHead: [
    [PHP_STACK, 'phpFrames'],
    [PHP_PLACE, 'phpFrames'],
    [NUMBERED_FRAME, 'phpFrames'],
    [/^Next /, same],
    [BLANK, same, 'maybe'],
    [INDENTED, same, 'maybe'],
  ],
  phpFrames: [
    [NUMBERED_FRAME, same],
    [PHP_STACK, same],
    [PHP_PLACE, same],
    [/^Next /, 'phpHead'],
    [/^["'][\])}]/, same],
    [/^<asynchronous suspension>/, same],
    [INDENTED, same],
    [BLANK, 'phpGap', 'maybe'],
  ],
  phpGap: [
    [BLANK, same, 'maybe'],
    [/^Next /, 'phpHead'],
    [NUMBERED_FRAME, 'phpFrames'],
    [PHP_STACK, 'phpFrames'],
    [PHP_PLACE, 'phpFrames'],
  ],
  ruby: [
    [RUBY_FRAME, same],
    [/^\s+(?:\d+: )?from /, same],
    [INDENTED, same],
    [/^\s+\.\.\. \d+ levels/, same],
    [BLANK, 'rubyGap', 'maybe'],
  ],
  rubyGap: [
    [BLANK, same, 'maybe'],
    [/^Causes:/, 'head'],
    [RUBY_FRAME, 'ruby'],
  ],
  rust: [
    [
      /^(?:note: |stack backtrace:|Stack backtrace:|Caused by:|Location:|thread caused non-unwinding panic|Aborted\b)/,
      same,
    ],
    [/^\s*\d+: /, same],
    [/^\[\.\.\.|^\.\.\. /, same],
    [INDENTED, same],
    [BLANK, same, 'maybe'],
  ],
  nodePlace: [[CARET, 'nodeCaret']],
  nodeCode: [[CARET, 'nodeCaret']],
  nodeCaret: [
    [BLANK, same, 'maybe'],
    [AT_FRAME, 'frames'],
    [INDENTED, same],
  ],
  bunSource: [
    [/^\d+ \| /, same, 'maybe'],
    [CARET, 'nodeCaret'],
  ],
  dotnetRecord: [
    [/^ {6}/, same],
    [BLANK, same, 'maybe'],
  ],
  springFailure: [[BLANK, same, 'maybe']],
  jul: [],
  cpp: [
    [/^ {2}what\(\): /, same],
    [/^Aborted\b/, same],
  ],
  elixir: [
    [INDENTED, same],
    [ELIXIR, same],
    [
      /^(?:Last message|State|Function|Args|Initial Call|Ancestors|Message Queue Length|Messages|Links|Dictionary|Trapping Exits|Status|Heap Size|Stack Size|Reductions|Neighbours|Start Call|Crash report|Process )/,
      same,
    ],
  ],
  lua: [
    [LUA_STACK, 'luaFrames'],
    [BLANK, same, 'maybe'],
    [INDENTED, same, 'maybe'],
  ],
  luaFrames: [
    [INDENTED, same],
    [/^(?:coroutine \d+:|\[C\]: in )|^stack traceback:$/, same],
  ],
  bannerOrReport: [
    [RACE, 'race'],
    [SANITIZER, 'sanitizer'],
  ],
  race: [
    [BANNER, 'closed'],
    [INDENTED, same],
    [/^(?:Previous |[Aa]tomic |[Rr]ead |[Ww]rite |Goroutine |Location is |SUMMARY: |As if synchronized )/, same],
    [BLANK, same, 'maybe'],
  ],
  sanitizer: [
    [SANITIZER, same],
    [INDENTED, same],
    [SANITIZER_PART, same],
    [BLANK, same, 'maybe'],
  ],
  nodeHeap: [
    [/^\[\d+:0x[\da-f]+\]/, same],
    [/^<--- JS stacktrace --->$|^==== (?:JS stack trace|Details) =|^FATAL ERROR: |^Aborted\b/, same],
    [V8_HEADING, same],
    [NATIVE_FRAME, same],
    [INDENTED, same],
    [BLANK, same, 'maybe'],
  ],
  closed: [],
};
