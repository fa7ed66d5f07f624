/*
 * A line can be made so that an expression takes long on it, and a sender can send a thousand of them. What they cost is
 * taken from an account of the container that they come from, so that they cost that container and not everybody's
 * acknowledgements. An account fills again by itself, so much a second. One account stands for all containers together:
 * whoever invents names does not get more than that.
 */

/** What is still done for the lines of a container. */
export type Standing = typeof WELL | typeof SHORT | typeof TIGHT | typeof NOTHING;
/** Everything, within the limit of one execution. */
export const WELL = 0;
/** The try that is enough for ordinary lines. */
export const SHORT = 1;
/** A shorter try, which is still enough for most ordinary lines. */
export const TIGHT = 2;
/** No try at all, where an expression was slow within the last second. */
export const NOTHING = 3;

export interface LineBudgetLimits {
  /** Milliseconds that the lines of one container may take of each second in slow expressions. */
  readonly slow_ms_per_container_second: number;
  /** The same for all containers together. */
  readonly slow_ms_per_second: number;
}

export const LINE_BUDGET_DEFAULTS: LineBudgetLimits = { slow_ms_per_container_second: 60, slow_ms_per_second: 150 };

const MAX_ACCOUNTS = 1000;

/** Milliseconds that are left. Half a second's worth can be saved, and owed up to three times that. */
class Account {
  left: number;
  #at: number;
  readonly #perSecond: number;
  readonly #saved: number;

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#saved = perSecond / 2;
    this.left = this.#saved;
    this.#at = now;
  }

  standing(now: number): Standing {
    this.left = Math.min(this.#saved, this.left + (Math.max(0, now - this.#at) * this.#perSecond) / 1000);
    this.#at = now;
    if (this.left > 0) return WELL;
    if (this.left > -this.#saved) return SHORT;
    return this.left > -2 * this.#saved ? TIGHT : NOTHING;
  }

  charge(ms: number): void {
    this.left = Math.max(-3 * this.#saved, this.left - ms);
  }
}

export class LineBudgets {
  #limits: LineBudgetLimits;
  #total: Account;
  /** Those that were ever charged, the one charged last at the end. */
  readonly #accounts = new Map<string, Account>();
  readonly #worst: Standing;
  #sender = '';
  #origin: string | undefined;

  /** `worst`: no container stands worse than that. */
  constructor(limits: LineBudgetLimits = LINE_BUDGET_DEFAULTS, worst: Standing = NOTHING) {
    this.#limits = limits;
    this.#worst = worst;
    this.#total = new Account(limits.slow_ms_per_second, 0);
  }

  /** New limits; what was owed is forgotten. */
  setLimits(limits: LineBudgetLimits): void {
    this.#limits = limits;
    this.#total = new Account(limits.slow_ms_per_second, 0);
    this.#accounts.clear();
  }

  /** Whose frame the next lines are in. */
  beginFrame(sender: string): void {
    this.#sender = sender;
  }

  /** What the next line comes from: container or tag. Undefined: from nobody, as in tests of pipelines. */
  beginLine(origin: string | undefined): void {
    this.#origin = origin;
  }

  /** True while a line of somebody is worked on. */
  get hasLine(): boolean {
    return this.#origin !== undefined;
  }

  /** `now` is of `performance.now()`. */
  standing(now: number): Standing {
    // Whoever invents names owes little under each of them; that is no reason to try nothing for all the others.
    const total = Math.min(TIGHT, this.#total.standing(now)) as Standing;
    const own = this.#accounts.get(this.#key())?.standing(now) ?? WELL;
    return Math.min(this.#worst, Math.max(own, total)) as Standing;
  }

  charge(ms: number, now: number): void {
    const key = this.#key();
    let account = this.#accounts.get(key);
    if (account === undefined) {
      account = new Account(this.#limits.slow_ms_per_container_second, now);
      if (this.#accounts.size >= MAX_ACCOUNTS) this.#accounts.delete(this.#accounts.keys().next().value!);
    } else this.#accounts.delete(key);
    this.#accounts.set(key, account);
    account.charge(ms);
    this.#total.charge(ms);
  }

  #key(): string {
    return `${this.#sender}\0${this.#origin}`;
  }
}

/** Of this process: the time that is protected is its event loop's. */
export const lineBudgets = new LineBudgets();
