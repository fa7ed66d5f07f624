import { readFileSync } from 'node:fs';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { pythonStr } from '../python/str.ts';
import { readRuleFile } from '../rules/yaml.ts';
import type { OptionMistake } from './address.ts';
import { inFolder } from './way.ts';

/** A file with `user` and `password`, or `apikey`, that an option names; beside the rule, unless its path says otherwise. */
export interface Account {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly apikey?: string | undefined;
}

/** @throws LongshoreError, Error with what is wrong with it; neither tells its content */
export function readAccount(path: string, folder: string | undefined): Account {
  const file = readRuleFile(path, readFileSync(inFolder(path, folder), 'utf8'));
  const text = (name: string): string | undefined => {
    const value = file.at([name])?.value;
    return value === undefined || value === null ? undefined : pythonStr(value);
  };
  const account = { user: text('user'), password: text('password'), apikey: text('apikey') };
  if (account.apikey === undefined && (account.user === undefined || account.password === undefined))
    throw new Error('it holds neither user and password nor apikey');
  return account;
}

export function checkAccount(
  option: string,
  value: unknown,
  folder: string | undefined,
  needs = 'user',
): OptionMistake[] {
  if (typeof value !== 'string' || value === '' || value.startsWith('$')) return [];
  const fix = `Write user and password${needs === 'user' ? '' : ', or apikey,'} into it; a path is taken from the folder of the rule.`;
  try {
    const account = readAccount(value, folder);
    if (needs === 'user' && account.user === undefined) return [{ option, what: 'holds no user and password', fix }];
    return [];
  } catch (error) {
    const what = error instanceof LongshoreError ? 'is no YAML file of names and values' : messageOf(error);
    return [{ option, what: `cannot be used: ${what}`, fix }];
  }
}
