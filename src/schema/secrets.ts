import { LEAST_CHARS } from '../base/secrets/may-hold.ts';
import { HIDDEN, hideNamedSecret, hideSecrets, isSecretName } from '../base/secrets/secrets.ts';
import { withoutColors } from '../core/colors.ts';
import { counter } from '../core/metrics.ts';

const hiddenTexts = counter(
  'longshore_secrets_hidden_total',
  'Texts of events in which a secret was hidden (event.hide_secrets)',
);

const MAX_NAMES = 8192;
/** Of texts without secrets. */
const MAX_REMEMBERED = 256;

/** Shorter texts are faster looked at than looked for in another. */
const SOUGHT_CHARS = 24;

/** What is known of a field's name. */
export interface SecretName {
  /** Its values are secrets. */
  readonly isSecret: boolean;
  /** The text that it had last, if there was no secret in it: neighbours have much in common. */
  clean: string | undefined;
}

export function secretName(name: string): SecretName {
  return { isSecret: isSecretName(name), clean: undefined };
}

/** Hides secrets in the values of events, by what they look like and by the names of their fields. */
export class Secrets {
  /** Bounded, for names come from outside. */
  readonly #names = new Map<string, SecretName>();
  readonly #isCounted: boolean;

  /** `isCounted` false: the metrics hear nothing of it. */
  constructor(isCounted = true) {
    this.#isCounted = isCounted;
  }

  /** The value of a field within an object. */
  within(name: string, value: unknown): unknown {
    let known = this.#names.get(name);
    if (known === undefined) {
      known = secretName(name);
      if (this.#names.size >= MAX_NAMES) this.#names.clear();
      if (name.length <= 256) this.#names.set(name, known);
    }
    return this.field(name, known, value, undefined);
  }

  /** The value of a field. `line`: a text without secrets; what is part of it has none either. */
  field(name: string, known: SecretName, value: unknown, line: string | undefined): unknown {
    if (known.isSecret) return this.named(name, value);
    if (typeof value !== 'string' || value.length < LEAST_CHARS || value === known.clean) return value;
    if (value.length >= SOUGHT_CHARS && line !== undefined && line.indexOf(value) >= 0) return value;
    const hidden = hideSecrets(value);
    if (hidden === value) {
      if (value.length <= MAX_REMEMBERED) known.clean = value;
      return value;
    }
    return line?.includes(value) ? value : this.#counted(value, hidden);
  }

  text(value: string): string {
    return this.#counted(value, hideSecrets(value));
  }

  /** A text with colours of terminals in it: they may stand inside of what is looked for, and go where something is found. */
  colored(value: string): string {
    const plain = withoutColors(value);
    const hidden = hideSecrets(plain);
    return hidden === plain ? value : this.#counted(value, hidden);
  }

  /** The value of a field whose name says that it is a secret: a text, a number or a list of them. */
  named(name: string, value: unknown): unknown {
    if (typeof value === 'string') return this.#counted(value, hideNamedSecret(name, value));
    if (Array.isArray(value)) return value.map(item => (typeof item === 'object' ? item : this.named(name, item)));
    if (typeof value !== 'number' && typeof value !== 'bigint') return value;
    return this.#counted(value, hideNamedSecret(name, String(value)) === HIDDEN ? HIDDEN : value);
  }

  #counted<T>(before: T, after: T | string): T | string {
    if (this.#isCounted && before !== after) hiddenTexts.inc();
    return after;
  }
}
