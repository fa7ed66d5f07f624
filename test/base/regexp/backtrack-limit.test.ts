import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('expressions stay bounded when V8 has dropped the code of what makes them', () => {
  const flags = ['--expose-gc', '--stress-flush-code'];
  const out = execFileSync(process.execPath, [...flags, 'test/base/regexp/code-flush.ts'], { encoding: 'utf8' });
  expect(out).toBe('bounded\n'.repeat(5));
});
