import { createHash, timingSafeEqual } from 'node:crypto';
import type { TokenScope, WebOptions } from '../options.ts';
import { cookieOf, type Seal } from './sessions.ts';

/** Somebody who is logged in. */
export interface Person {
  readonly name: string;
  readonly scopes: readonly TokenScope[];
}

interface User extends Person {
  readonly digest: Buffer;
}

/** The scopes of a person of `users` are those of the settings; of one whom a provider named, those of the login. */
type Session =
  | { readonly name: string; readonly proof: string }
  | { readonly name: string; readonly scopes: TokenScope[] };

export const SESSION_COOKIE = 'longshore_session';
const PURPOSE = 'session';

/** Who may log in with a password, and who is. */
export class People {
  readonly #options: WebOptions;
  readonly #seal: Seal;
  readonly #users: readonly User[];

  constructor(options: WebOptions, seal: Seal) {
    this.#options = options;
    this.#seal = seal;
    this.#users = (options.users ?? []).map(({ name, password, scopes }) => ({
      name,
      digest: digest(password),
      scopes,
    }));
  }

  /** The value of a cookie for whoever has this name and password; undefined: there is nobody. */
  enter(name: string, password: string, now: number): { person: Person; cookie: string } | undefined {
    const given = digest(password);
    let found: User | undefined;
    // All are compared, so that the time does not say which names there are.
    for (const user of this.#users) if (timingSafeEqual(user.digest, given) && user.name === name) found = user;
    if (found === undefined) return undefined;
    const session: Session = { name, proof: proofOf(found.digest) };
    return { person: found, cookie: this.#seal.seal(PURPOSE, session, this.#until(now)) };
  }

  /** The same for somebody whom the provider named. */
  welcome(person: Person, now: number): string {
    const session: Session = { name: person.name, scopes: [...person.scopes] };
    return this.#seal.seal(PURPOSE, session, this.#until(now));
  }

  /** Who sent the cookies of the header. Ends when the password is another one, or the person is no longer in the settings. */
  of(cookies: string | undefined, now: number): Person | undefined {
    const session = this.#seal.open<Session>(PURPOSE, cookieOf(cookies, SESSION_COOKIE), now);
    if (session === undefined) return undefined;
    if ('scopes' in session) return this.#options.oidc === undefined ? undefined : session;
    return this.#users.find(({ name, digest }) => name === session.name && proofOf(digest) === session.proof);
  }

  #until(now: number): number {
    return now + this.#options.session_hours * 3_600_000;
  }
}

/** Tells one password from another and nothing else. */
const proofOf = (password: Buffer): string => digest(password.toString('hex')).toString('base64url').slice(0, 22);

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
