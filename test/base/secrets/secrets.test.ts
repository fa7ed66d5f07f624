import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hasCheckDigit } from '../../../src/base/secrets/card.ts';
import { mayHoldSecret } from '../../../src/base/secrets/may-hold.ts';
import { hideNamedSecret, hideSecrets, isSecretName, lookAndHide } from '../../../src/base/secrets/secrets.ts';
import { seeded } from '../../support/chance.ts';

const linesOf = (name: string): string[] =>
  readFileSync(new URL(name, import.meta.url), 'utf8')
    .split('\n')
    .filter(line => line !== '');
const HIDDEN = linesOf('hidden.txt').map(line => {
  const at = line.indexOf(' ==> ');
  return [line.slice(0, at), line.slice(at + 5)] as const;
});
const KEPT = linesOf('kept.txt');

describe('hidden', () => {
  test.for(HIDDEN)('%s', ([text, expected]) => {
    expect(hideSecrets(text)).toBe(expected);
    expect(hideSecrets(expected)).toBe(expected);
  });
});

describe('kept', () => {
  test.for(KEPT)('%s', text => {
    expect(hideSecrets(text)).toBe(text);
  });
});

test('names of fields', () => {
  const secrets = ['password', 'db_password', 'dbPassword', 'x-api-key', 'Authorization', 'client_secret', 'csrfToken'];
  const others = ['user', 'password_changed', 'tokens', 'key', 'secret_name', 'token_type', 'keyword'];
  expect(secrets.filter(name => !isSecretName(name))).toEqual([]);
  expect(others.filter(isSecretName)).toEqual([]);
  expect(hideNamedSecret('password', 'my dog')).toBe('***');
  expect(hideNamedSecret('password', 'true')).toBe('true');
  expect(hideNamedSecret('authorization', 'Bearer abc')).toBe('Bearer ***');
  expect(hideNamedSecret('note', 'password=x1')).toBe('password=***');
});

test('of a card, any other check digit is none', () => {
  expect([...'0123456789'].filter(last => hasCheckDigit(`411111111111111${last}`))).toEqual(['1']);
});

test('a private key over many lines, and one that was cut', () => {
  const key = '-----BEGIN EC PRIVATE KEY-----\nMIIE\nabc\n-----END EC PRIVATE KEY-----\nbehind';
  expect(hideSecrets(key)).toBe('-----BEGIN EC PRIVATE KEY-----***-----END EC PRIVATE KEY-----\nbehind');
  expect(hideSecrets(`a\n${key.slice(0, 40)}`)).toBe('a\n-----BEGIN EC PRIVATE KEY-----***');
});

test('the first look misses nothing that the second finds', () => {
  const next = seeded(7);
  const random = (below: number) => Math.floor(next() * below);
  const pieces = [
    ...HIDDEN.map(([text]) => text),
    ...KEPT,
    '"',
    "'",
    ' ',
    '=',
    ': ',
    '\\"',
    'x',
    '\n',
    '{',
    '[',
    '>',
    '&',
  ];
  const missed: string[] = [];
  for (let i = 0; i < 20_000; i++) {
    let text = '';
    for (let n = random(4); n >= 0; n--) {
      const piece = pieces[random(pieces.length)]!;
      text += random(3) === 0 ? piece.slice(random(piece.length)) : piece;
    }
    if (lookAndHide(text) !== text && !mayHoldSecret(text)) missed.push(text);
  }
  expect(missed).toEqual([]);
});

test('more secrets than a text can have: the rest is hidden', () => {
  const text = hideSecrets('password=abc '.repeat(3000));
  expect(text).not.toContain('abc');
  expect(text).toMatch(/the rest is hidden: more than 2000 secrets\)$/);
});
