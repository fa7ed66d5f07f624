import { regexpsAreBounded } from '../../base/regexp/backtrack-limit.ts';

/** Whether this Node bounds regular expressions: for `check`, and a warning at start when it does not. */
export function regexpFinding(isBounded = regexpsAreBounded): {
  severity: 'ok' | 'warning';
  what: string;
  fix?: string;
} {
  const node = `Node ${process.versions.node}`;
  if (isBounded) return { severity: 'ok', what: `regular expressions: bounded by count (${node})` };
  return {
    severity: 'warning',
    what: `this ${node} cannot bound regular expressions by count: each is watched by the clock instead, which takes some 0.2 ms for each.`,
    fix: 'Start it without --disallow-code-generation-from-strings, or use the official build of Node 24.',
  };
}
