import { readFileSync } from 'node:fs';
import { LongshoreError } from '../core/errors.ts';

const REFERENCE = /\$\{([^}]*)\}/g;
/**
 * Replaces `${NAME}`, `${NAME:-default}` and `${file:/path}` in a text. A value that consists of one unset variable
 * is undefined: the setting then counts as not written. `unset` gets the names of such variables and where they stand.
 */
export function expandText(
  text: string,
  env: NodeJS.ProcessEnv,
  where: string,
  unset: Map<string, string>,
): string | undefined {
  let missing = false;
  const result = text.replace(REFERENCE, (_, inner: string) => {
    if (inner.startsWith('file:')) return readSecret(inner.slice(5), where);
    const [, name = '', fallback] = /^([^:]*)(?::-(.*))?$/s.exec(inner) ?? [];
    const value = env[name];
    if (value !== undefined && value !== '') return value;
    if (fallback !== undefined) return fallback;
    if (!unset.has(name)) unset.set(name, where);
    missing = true;
    return '';
  });
  return missing && result.trim() === '' ? undefined : result;
}

function readSecret(path: string, where: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch (cause) {
    throw new LongshoreError('LS_CONFIG_SECRET_FILE', `the secret file ${path} cannot be read.`, {
      where,
      fix: 'Create it, or correct the path in ${file:...}.',
      cause,
    });
  }
}
