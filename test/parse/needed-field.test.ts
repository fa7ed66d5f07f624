import { expect, test } from 'vitest';
import { neededField, onlyExpression } from '../../src/parse/painless/condition.ts';

test.for([
  ['ctx.message =~ /x/', 'message'],
  ["ctx.message.contains('x') && ctx.n == 1", 'message'],
  ["ctx['a'] ==~ /x/ && ctx.b =~ /y/", 'a'],
  ["ctx.message?.contains('x')", undefined],
  ['ctx.message =~ /x/ || true', undefined],
  ["ctx.n == 1 && ctx.message.contains('x')", undefined],
  ['ctx.a.b =~ /x/', undefined],
  ['!(ctx.message =~ /x/)', undefined],
  ['ctx.message == null', undefined],
] as const)('%s cannot be worked out without %s', ([condition, field]) => {
  const only = onlyExpression(condition);
  expect(only && neededField(only)).toBe(field);
});
