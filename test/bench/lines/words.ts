import { seeded } from '../../support/chance.ts';

/** What the lines of a site are made of: choices out of lists, in no order. The same seed gives the same ones. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  /** A whole number in [0, limit). */
  next(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.next(list.length)]!;
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.next(times) === 0;
  }

  /** Mostly small, sometimes large: `least` to `least` times e^6. */
  size(least: number): number {
    return Math.floor(least * Math.exp(this.#random() * 6));
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.next(0x10000000).toString(16).padStart(7, '0');
    return text.slice(0, digits);
  }

  address(): string {
    return `${this.next(223) + 1}.${this.next(256)}.${this.next(256)}.${this.next(256)}`;
  }

  path(): string {
    const inner = this.once(2) ? `/${this.next(100_000)}` : '';
    const query = this.once(3) ? `?${this.pick(WORDS)}=${this.next(1e6)}` : '';
    return `/${this.pick(WORDS)}/${this.pick(WORDS)}${inner}${query}`;
  }

  /** Any second of yesterday, of the day before once in fifty times: what is late belongs to another day. */
  time(): Date {
    const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    const day = this.once(50) ? 2 : 1;
    return new Date(midnight - day * DAY_MS + this.next(DAY_MS));
  }

  /** Of an agent of a visitor. */
  agent(): string {
    const system = this.pick(SYSTEMS);
    const major = 100 + this.next(45);
    switch (this.next(5)) {
      case 0:
        return `Mozilla/5.0 (${system}; rv:${major}.0) Gecko/20100101 Firefox/${major}.0`;
      case 1:
        return `Mozilla/5.0 (${system}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.${this.next(7)} Safari/605.1.15`;
      case 2:
        return `curl/8.${this.next(15)}.${this.next(3)}`;
      default:
        return `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.${this.next(7000)}.${this.next(200)} Safari/537.36`;
    }
  }

  /** A short sentence as programs write them. */
  sentence(): string {
    const noun = this.pick(NOUNS);
    switch (this.next(6)) {
      case 0:
        return `${noun} ${this.next(1e6)} ${this.pick(DEEDS)} in ${this.next(900)} ms`;
      case 1:
        return `could not reach ${this.pick(HOSTS)}, trying again in ${this.next(60)} s`;
      case 2:
        return `${this.pick(DEEDS)} ${this.next(5000)} ${noun}s of ${this.pick(WORDS)}`;
      case 3:
        return `no ${noun} for user ${this.pick(NAMES)}${this.next(1e5)}`;
      case 4:
        return `cache ${this.once(2) ? 'hit' : 'miss'} for ${noun} ${this.hex(12)}`;
      default:
        return `${noun} ${this.hex(8)} ${this.pick(DEEDS)} by ${this.pick(NAMES)}, ${this.next(100)} left`;
    }
  }
}

export const WORDS =
  'api v1 v2 users orders cart login logout static images products index search news blog account profile help docs assets app main vendor feed tags archive media upload status health payments invoices export report admin'.split(
    ' ',
  );
export const HOSTS = [
  'shop.example',
  'www.example.org',
  'search.example.net',
  'm.shop.example',
  'news.example.com',
  'db-3.internal:5432',
  'queue.internal:5672',
];
export const NAMES = ['kim', 'ana', 'lee', 'omar', 'svetlana', 'jörg', 'chen', 'maria', 'o.brien', 'priya'];
export const NOUNS = ['order', 'invoice', 'session', 'job', 'message', 'payment', 'image', 'report', 'batch', 'ticket'];
const DEEDS = ['processed', 'queued', 'sent', 'rejected', 'loaded', 'refreshed', 'expired', 'stored', 'skipped'];
const DAY_MS = 86_400_000;
const SYSTEMS = [
  'X11; Linux x86_64',
  'Windows NT 10.0; Win64; x64',
  'Macintosh; Intel Mac OS X 10_15_7',
  'iPhone; CPU iPhone OS 18_1 like Mac OS X',
  'Linux; Android 15; Pixel 9',
  'Linux; Android 14; SM-S921B',
];
