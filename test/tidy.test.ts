import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testFiles } from './support/projects.ts';

/** Which rooms a room may import, beside itself: three storeys, and the wiring on top. */
const DEVICES: Record<string, readonly string[]> = {
  core: [],
  base: ['core'],
};
const MIDDLE: Record<string, readonly string[]> = {
  config: [],
  inputs: [],
  parse: [],
  schema: [],
  ledger: [],
  buffer: ['ledger'],
  store: [],
  alerts: [],
  senders: [],
  web: [],
};
const FEATURES: Record<string, readonly string[]> = {
  ingest: ['parse', 'schema', 'buffer', 'ledger', 'alerts', 'store'],
  canary: ['ledger'],
  evaluator: ['alerts', 'buffer'],
  definitions: ['parse', 'store', 'alerts'],
  import: ['parse', 'schema'],
  backtest: ['store', 'alerts'],
  dora: ['store', 'alerts'],
  'dead-letters': ['parse', 'schema', 'buffer', 'ledger', 'store'],
  data: ['schema', 'buffer', 'store', 'alerts'],
  // On top of others: what would become of records goes the way of intake, with the definitions of the user.
  trial: ['parse', 'schema', 'buffer', 'ledger', 'ingest', 'definitions'],
  // On top of others: a worker takes events in with the definitions of its primary, and its spool is
  // locked as a data_dir is.
  workers: ['inputs', 'parse', 'buffer', 'ledger', 'store', 'alerts', 'senders', 'ingest', 'definitions', 'data'],
};
const BELOW = Object.keys(DEVICES);
const allOf = (storey: Record<string, readonly string[]>): [string, readonly string[]][] =>
  Object.entries(storey).map(([room, others]) => [room, [...BELOW, ...others]]);
const EVERY = [...BELOW, ...Object.keys(MIDDLE), ...Object.keys(FEATURES)];
const MAY_IMPORT: Record<string, readonly string[]> = {
  ...DEVICES,
  ...Object.fromEntries([...allOf(MIDDLE), ...allOf(FEATURES)]),
  app: EVERY,
  cli: [...EVERY, 'app'],
};
const MAX_LINES = 400;
/** Code that gets everything it works with as an argument, the time included. */
const PURE =
  /^src\/(base\/(time|msgpack|forward|text|regexp)|parse|schema|store\/query|alerts\/(types|jinja|python|silencing|routing|go-template))\//;
const IMPURE =
  /'node:(?:fs|net|http|https|dgram|tls|child_process|worker_threads|timers)[^']*'|\b(?:setTimeout|setInterval|setImmediate)\(|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\(/g;
/** They read the files that lie beside them, once. */
const READ_OWN_DATA = ['src/parse/grok/library.ts', 'src/parse/user-agents/user-agent.ts'];
const ENDING = ['src/base/process/group.ts', 'src/core/fault.ts', 'src/main.ts', 'src/store/embedded/process/main.ts'];
const LISTENING = [
  'src/cli/run.ts',
  'src/cli/tail.ts',
  'src/cli/test.ts',
  'src/store/embedded/process/main.ts',
  'src/workers/worker-run.ts',
];
/** One owner an idea: what a definition of it looks like, and the one file that has it. */
const OWNERS: readonly (readonly [idea: string, definition: RegExp, owner: string])[] = [
  ['the nearest word', /function (?:nearest|editDistance|didYouMean)\(/, 'src/base/text/did-you-mean.ts'],
  ['defaults of options', /function withDefaults\b/, 'src/base/options.ts'],
  ['sizes as text', /function (?:parseBytes|bytesText|size)\(/, 'src/base/text/size.ts'],
  ['YAML with places', /\bparse(?:All)?Documents?\(/, 'src/base/yaml/read.ts'],
  ['YAML mistakes in our words', /BAD_INDENT|reserved character/, 'src/base/yaml/mistakes.ts'],
  ['what is wrong with a value', /function misfit\(|new Ajv\(/, 'src/base/yaml/shape.ts'],
  ['names of months', /'[Ff]ebruary'/, 'src/base/time/english.ts'],
  ['days and hours in milliseconds', /const (?:DAY|HOUR|MINUTE)(?:_MS)? = \d/, 'src/base/time/duration.ts'],
  ['durations as text', /\bms\|s\|m\|h\b/, 'src/base/time/duration.ts'],
  ['offsets of zones', /18 \* (?:3_600_000|HOUR_MS)/, 'src/base/time/zone.ts'],
  ['morning and afternoon', /hour % 12\) \+ /, 'src/base/time/scan.ts'],
  ['points at which a test kills a process', /process\.env\['LONGSHORE_FAULT'\]/, 'src/core/fault.ts'],
  ['append to a file, durably', /\.datasync\(/, 'src/base/disk/append-file.ts'],
  ['write until all is written', /\.writev\(/, 'src/base/disk/write-all.ts'],
  ['sync a file or a folder', /function f?sync(?:Path|Folder|Dir)?\(/, 'src/base/disk/folder.ts'],
  ['replace a file, durably', /function (?:replace|replaceFile|writeDurably)\(/, 'src/base/disk/replace-file.ts'],
  ['the same, in a process that may block', /\bfsyncSync\(/, 'src/base/disk/blocking.ts'],
  ['the age of a day', /function dayNumber\(/, 'src/store/retention.ts'],
  ['searches over HTTP', /\btook_ms: number;/, 'src/core/api/search.ts'],
  ['alerts over HTTP', /\bnum_hits: number;/, 'src/core/api/alerts.ts'],
  ['dead letters over HTTP', /\bfiles_differ: boolean;/, 'src/core/api/dead-letters.ts'],
  ['the ledger over HTTP', /\bunaccounted: number;/, 'src/core/api/ledger.ts'],
  ['refusals over HTTP', /\berror\??: \{\s*code\??: \w+;\s*message/, 'src/core/api/operations.ts'],
  ['runs of documents of one day', /minTime: time\b/, 'src/buffer/spool/commit.ts'],
  ['read msgpack', /case 0xc[0-9a-f]:/, 'src/base/msgpack/scalars.ts'],
  ['cut JSON at its brackets', /#escaped\b/, 'src/base/text/bracket-scanner.ts'],
  ['digests of the forward handshake', /createHash\('sha512'\)/, 'src/base/forward/handshake.ts'],
  ['messages of the forward handshake', /'(?:HELO|PING|PONG)'/, 'src/base/forward/handshake.ts'],
  ['acknowledgements of the forward protocol', /'ack'|xa3ack|0x63, 0x6b/, 'src/base/forward/ack.ts'],
  ['read files into memory that is used again', /class \w*(?:Chunk|File)Reader\b/, 'src/base/disk/file-reader.ts'],
  ['sets of characters', /^(?:export )?(?:type|interface|class) CharSet\b/m, 'src/base/regexp/char-set.ts'],
  ['classes of characters by name', /\balnum:/i, 'src/base/regexp/classes.ts'],
  ['the tree of an expression', /^(?:export )?(?:type|interface|class) Assertion\b/m, 'src/base/regexp/tree.ts'],
  ['expressions that count their steps back', /%NewRegExp/, 'src/base/regexp/backtrack-limit.ts'],
  ['expressions that the clock stops', /\brunInContext\(/, 'src/base/regexp/limited-regexp.ts'],
  ['the syntax of expressions in searches', /function readAlternation\(/, 'src/store/query/regexp.ts'],
  ['errors on their way between processes', /interface WireError\b/, 'src/base/process/link.ts'],
  ['messages between processes', /\bconnected\) .*\.send(?:\?\.)?\(/, 'src/base/process/link.ts'],
  ['addresses as text', /function (?:parseAddress|parseTarget)\(|:\(\\d\{1,5\}\)/, 'src/base/net/address.ts'],
  ['who is on this machine, and in which network', /function isLoopback\(|new BlockList\(/, 'src/base/net/address.ts'],
  ['connections that make room', /#makeRoom\(\{/, 'src/base/net/connections.ts'],
  ['listen', /is in use by another process/, 'src/base/net/listen.ts'],
  ['sockets of dead processes', /function removeDeadSocket\(/, 'src/base/net/unix-socket.ts'],
  ['files of TLS', /function (?:readPem|tlsFiles|pem)\(|readFileSync\(\w*_file\)/, 'src/base/net/tls-files.ts'],
  ['settings of TLS', /key_file: (?:\{|text\()/, 'src/base/net/options.ts'],
  ['the setting `allow`', /that may connect\. Loopback/, 'src/base/net/options.ts'],
  ['numbers in schemas', /\{ type: '(?:integer|number)', (?:minimum|format)/, 'src/base/options.ts'],
  ['defaults out of a schema', /'default' in property/, 'src/base/options.ts'],
  [
    'pauses between tries',
    /2 \*\* (?:Math\.min\(|[\w.#]*(?:attempt|failures|tries|times))/,
    'src/base/flow/backoff.ts',
  ],
  ['waits that a signal ends', /function (?:abortableDelay|orAborted|aborted)\(/, 'src/base/flow/abort.ts'],
  ['so many at a time', /#waiting: \(\(\) => void\)\[\]/, 'src/base/flow/semaphore.ts'],
  [
    'bytes that many share',
    /class ByteBudget\b|Bytes (?:\+ bytes )?[<>]=? this\.#options\.max_unacked_bytes/,
    'src/base/flow/byte-budget.ts',
  ],
  ['what is durable in Redis', /new Durability\(/, 'src/buffer/redis/durable-connection.ts'],
  ['start a process again', /restart = setTimeout\(/, 'src/base/process/supervisor.ts'],
  ['stop one part after the other', /did not stop cleanly/, 'src/base/process/parts.ts'],
  ['the spool of a worker', /\blinesPerDocument: (?:form\b|\d)/, 'src/ingest/spool-deps.ts'],
  ['keys of frames', /function keyOf\(\w+: string\): Key\b/, 'src/buffer/spool/accepted.ts'],
  ['live events of a process', /new Set<LiveListener>/, 'src/ingest/live-listeners.ts'],
  ['several tails as one', /\.\.\.a\.chunks|flatMap\(one => one\.chunks\)/, 'src/store/tail.ts'],
  ['a test alert', /\[TEST\]/, 'src/alerts/test-alert.ts'],
  ['links to the page', /\}\/#\$\{/, 'src/alerts/links.ts'],
  ['talk to mail servers', /\bcreateTransport\(/, 'src/alerts/alerters/email/mail.ts'],
  ['texts of receivers, cut', /slice\(0, most - 1\)/, 'src/alerts/receivers/options.ts'],
  ['a name and a password as a header', /`Basic \$\{/, 'src/base/net/basic-auth.ts'],
  ['the order of notifications', /a\.at < b\.at/, 'src/alerts/notifications.ts'],
  ['settings and all their mistakes', /instanceof ConfigMistakes\b/, 'src/app/check/settings.ts'],
];

const sources = globSync('src/**/*.ts').map(path => ({ path, text: readFileSync(path, 'utf8') }));

function importsOf(path: string, text: string): string[] {
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(match => match[1]!);
  return specifiers.map(specifier => normalize(join(dirname(path), specifier)));
}

const roomOf = (path: string): string => path.split('/')[1]!.replace(/\.ts$/, '');

describe('the rooms of src', () => {
  test('arrows go one way', () => {
    const wrong: string[] = [];
    for (const { path, text } of sources) {
      const room = roomOf(path);
      const allowed = MAY_IMPORT[room];
      if (allowed === undefined) continue;
      for (const target of importsOf(path, text)) {
        const other = roomOf(target);
        if (other !== room && !allowed.includes(other))
          wrong.push(`${path} may not import ${target}: pass it in from app/`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('every room is on the map', () => {
    const rooms = new Set(sources.map(({ path }) => roomOf(path)));
    expect([...rooms].filter(room => room !== 'main' && !(room in MAY_IMPORT))).toEqual([]);
  });

  test('pure rooms touch no socket, timer, clock or chance, and no file but data of their own', () => {
    const wrong = sources
      .filter(({ path }) => PURE.test(path))
      .flatMap(({ path, text }) =>
        [...text.matchAll(IMPURE)]
          .map(([found]) => found)
          .filter(found => !(found === "'node:fs'" && READ_OWN_DATA.includes(path)))
          .map(found => `${path}: ${found}`),
      );
    expect(wrong).toEqual([]);
  });

  test('of base/regexp, only what runs an expression reads the clock', () => {
    const reading = sources.filter(
      ({ path, text }) => path.startsWith('src/base/regexp/') && /(?<!`)\b(?:performance|Date)\.now\(/.test(text),
    );
    expect(reading.map(({ path }) => path).sort()).toEqual([
      'src/base/regexp/bounded-regexp.ts',
      'src/base/regexp/limited-regexp.ts',
      'src/base/regexp/linear-engine.ts',
      'src/base/regexp/search.ts',
    ]);
  });

  test('only main and the process of the embedded store end a process', () => {
    const ending = sources
      .filter(({ text }) => /(?<!\.)\bprocess\.(exit|kill|abort)\(/.test(text))
      .map(({ path }) => path);
    expect(ending.sort()).toEqual(ENDING);
  });

  test('only commands and the mains of child processes listen to signals', () => {
    const listening = sources
      .filter(({ text }) => /\bon(?:ce)?\('SIG|of \[[^\]]*'SIG/.test(text))
      .map(({ path }) => path);
    expect(listening.sort()).toEqual(LISTENING);
  });

  test.each(OWNERS)('%s: one owner', (_, definition, owner) => {
    expect(sources.filter(({ text }) => definition.test(text)).map(({ path }) => path)).toEqual([owner]);
  });

  test('files stay small enough to be read in one go', () => {
    const long = sources
      .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  test('no leftovers', () => {
    const wrong = sources.filter(({ text }) => /\b(FIXME|HACK)\b|console\.log\(/.test(text)).map(({ path }) => path);
    expect(wrong).toEqual([]);
  });
});

test('the unit tests start no process, no engine and no socket', () => {
  const { unit, system } = testFiles();
  // What they import decides. Of these it is known.
  expect(unit).toEqual(expect.arrayContaining(['test/parse/cases.test.ts', 'test/tidy.test.ts']));
  expect(system).toEqual(expect.arrayContaining(['test/app/kill.test.ts', 'test/clients/recorded.test.ts']));
  expect(unit.length).toBeGreaterThan(system.length / 2);
});
