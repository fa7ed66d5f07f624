import { setFlagsFromString } from 'node:v8';

/*
 * V8 can count the steps back of an expression and stop it at a number of them, at no cost to a match that stays below.
 * This is the one place that asks for it. The constructor is reachable through V8's own syntax only, which is allowed for
 * the moment of compiling one line.
 */

type Make = (source: string, flags: string, backtracks: number) => RegExp;

let make = findMaker();

/** False on a Node that does not bound expressions by count: they are then watched by the clock alone, which is slow. */
export const regexpsAreBounded = make !== undefined;

/** Whether this Node bounds regular expressions: for `check`, and a warning at start when it does not. */
export function regexpFinding(): { severity: 'ok' | 'warning'; what: string; fix?: string } {
  const node = `Node ${process.versions.node}`;
  if (regexpsAreBounded) return { severity: 'ok', what: `regular expressions: bounded by count (${node})` };
  return {
    severity: 'warning',
    what: `this ${node} cannot bound regular expressions by count: each is watched by the clock instead, which takes some 0.2 ms for each.`,
    fix: 'Start it without --disallow-code-generation-from-strings, or use the official build of Node 24.',
  };
}

/**
 * An expression whose `exec` answers null, and whose `replace` stops, after so many backtracks; undefined where V8 does
 * not offer that. `source` and `flags` must have gone through `new RegExp` before: V8 ends the process over unknown flags.
 */
export function limitBacktracks(source: string, flags: string, backtracks: number): RegExp | undefined {
  try {
    return make?.(source, flags, backtracks);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // V8 drops the code of a function that was not called for a while, and would compile it again without its own syntax.
    make = findMaker();
    return make?.(source, flags, backtracks);
  }
}

/**
 * The source with a reference back to a group behind it that is never tried. V8's linear engine cannot do those: where it
 * is allowed to take over from the limit (searches ask for it, for the whole process), it would run on with no limit.
 * `groups` is the number of groups in the source.
 */
export function withoutLinearEngine(source: string, groups: number): string {
  return `(?:${source})(?:|()\\${groups + 1})`;
}

/** How many groups a source has that `new RegExp` takes. To ask V8 would have it compile what may never be used. */
export function countGroups(source: string, flags: string): number {
  const nests = flags.includes('v');
  let groups = 0;
  /** How many brackets are open. */
  let depth = 0;
  for (const [found] of source.matchAll(PARTS)) {
    if (found === '[') depth = nests ? depth + 1 : 1;
    else if (found === ']') depth = Math.max(0, depth - 1);
    else if (depth === 0 && found.startsWith('(')) groups++;
  }
  return groups;
}

/** What is escaped, brackets, and the beginnings of groups that capture. */
const PARTS = /\\.|[[\]]|\((?:\?<(?![=!])|(?!\?))/gs;

function findMaker(): Make | undefined {
  try {
    setFlagsFromString('--allow-natives-syntax');
    try {
      const made = new Function('s', 'f', 'n', 'return %NewRegExpWithBacktrackLimit(s, f, n)') as Make;
      return provesItself(made) ? made : undefined;
    } finally {
      setFlagsFromString('--no-allow-natives-syntax');
    }
  } catch {
    return undefined;
  }
}

/** An expression of exponential time gives up, interpreted (first call) and compiled; an innocent text matches. */
function provesItself(maker: Make): boolean {
  const hopeless = maker(`${withoutLinearEngine('^(a+)+\\1$', 1)}|$()`, '', 2000);
  const text = `${'a'.repeat(30)}b`;
  return hopeless.exec(text) === null && hopeless.exec(text) === null && hopeless.exec('aaa') !== null;
}
