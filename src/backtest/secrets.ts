import { COMMON_OPTIONS } from '../alerts/rules/options.ts';
import { isFields } from '../core/event.ts';

/** Names whose values nobody may read in an answer. */
const SECRET = /url|token|key|secret|passw|webhook|auth|credential|cookie|header/i;
/** `query_key` is none. */
const isSecretOption = (name: string): boolean => SECRET.test(name) && !Object.hasOwn(COMMON_OPTIONS, name);
/** Stands for an address, so that messages are written as to one. Nothing is ever sent there. */
const HIDDEN_URL = 'https://hidden.invalid/';
const HIDDEN = 'hidden';

/**
 * The variables that a text may name, without their secrets: whoever sends a rule could have it print them.
 * `env`: undefined for texts from elsewhere, which learn nothing of this machine.
 */
export function publicVariables(
  texts: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const known: Record<string, string> = Object.create(null);
  for (const text of texts) {
    for (const [, plain, braced] of text.matchAll(/\$(?:(\w+)|\{([^}]*)\})/g)) {
      const name = plain ?? braced ?? '';
      const value = Object.hasOwn(env, name) ? env[name] : undefined;
      if (SECRET.test(name)) known[name] = HIDDEN_URL;
      else if (value !== undefined) known[name] = value.includes('://') ? HIDDEN_URL : value;
    }
  }
  return known;
}

/** Defaults of alerters with the addresses and secrets in them replaced. */
export function withoutSecrets(
  alerters: Record<string, Record<string, unknown>>,
): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(alerters).map(([alerter, options]) => [
      alerter,
      Object.fromEntries(Object.entries(options).map(([name, value]) => [name, hidden(value, isSecretOption(name))])),
    ]),
  );
}

function hidden(value: unknown, isSecret: boolean): unknown {
  if (typeof value === 'string') {
    if (value.includes('://')) return HIDDEN_URL;
    return isSecret ? HIDDEN : value;
  }
  if (Array.isArray(value)) return value.map(one => hidden(one, isSecret));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, hidden(one, isSecret || isSecretOption(name))]),
  );
}
