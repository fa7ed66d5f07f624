import '../../../src/base/regexp/linear-engine.ts';
import type { RegexpNode } from '../../../src/base/regexp/tree.ts';
import { writeUnits } from '../../../src/base/regexp/write-linear.ts';

/** An expression of a search for V8, which turns to its engine without backtracking where it takes long. */
export function compileLinear(tree: RegexpNode): RegExp {
  const { source, flags } = writeUnits(tree);
  return new RegExp(source, flags);
}
