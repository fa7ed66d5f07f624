import { limitBacktracks } from '../../../src/base/regexp/backtrack-limit.ts';

// Run with --expose-gc --stress-flush-code: each collection drops the code of all functions that do not run.
declare const gc: () => void;

for (let i = 0; i < 5; i++) {
  for (let n = 0; n < 4; n++) gc();
  const found = limitBacktracks('^(a+)+\\1$|$()', '', 2000)?.exec(`${'a'.repeat(30)}b`);
  process.stdout.write(`${found === null ? 'bounded' : String(found)}\n`);
}
