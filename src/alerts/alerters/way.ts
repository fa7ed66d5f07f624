import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isPublicAddress } from '../../base/net/address.ts';
import { fetchVia, type Way } from '../../base/net/fetch-via.ts';
import { messageOf } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import type { OptionTable } from '../rules/options.ts';
import { checkAddresses, type OptionMistake } from './address.ts';
import type { SendContext } from './alerter.ts';

// The options of each alerter that say how its requests get to the receiver: proxy, authorities, time.

/** For those that have a `prefix`: `slack_proxy`, `slack_ca_certs`, `slack_ignore_ssl_errors`, `slack_timeout`. */
export function wayOptions(prefix: string): OptionTable {
  return {
    [`${prefix}_proxy`]: 'text',
    [`${prefix}_proxy_login`]: 'text',
    [`${prefix}_proxy_password`]: 'text',
    [`${prefix}_proxy_pass`]: 'text',
    [`${prefix}_ca_certs`]: 'text_or_boolean',
    [`${prefix}_ignore_ssl_errors`]: 'boolean',
    [`${prefix}_timeout`]: 'number',
  };
}

export function checkWay(prefix: string, options: Fields, folder?: string): OptionMistake[] {
  const file = options[`${prefix}_ca_certs`];
  const mistakes = checkAddresses(`${prefix}_proxy`, proxyUrl(options[`${prefix}_proxy`]));
  if (typeof file !== 'string' || file === '') return mistakes;
  try {
    readFileSync(inFolder(file, folder));
    return mistakes;
  } catch (cause) {
    const what = `cannot be read: ${messageOf(cause)}`;
    return [...mistakes, { option: `${prefix}_ca_certs`, what, fix: 'Correct the path of the file of certificates.' }];
  }
}

/** How requests go, where that is another way than Node's own. */
export class RequestWay {
  readonly #way: Way | undefined;
  readonly #fetches = new Map<boolean, typeof fetch>();

  constructor(prefix: string, options: Fields, folder?: string) {
    const way = wayOf(prefix, options, folder);
    this.#way = Object.keys(way).length === 0 ? undefined : way;
  }

  /** Secrets of it. */
  get secrets(): string[] {
    const { proxy } = this.#way ?? {};
    return proxy === undefined ? [] : [proxy.url, ...(proxy.credentials?.split(':') ?? [])];
  }

  /** The context with a `fetch` that goes this way. */
  through(context: SendContext): SendContext {
    if (this.#way === undefined) return context;
    const isGuarded = context.isGuarded === true;
    let way = this.#fetches.get(isGuarded);
    if (way === undefined) {
      way = fetchVia(isGuarded ? { ...this.#way, proxy: undefined, mayConnect: isPublicAddress } : this.#way);
      this.#fetches.set(isGuarded, way);
    }
    return { ...context, fetch: way };
  }
}

function wayOf(prefix: string, options: Fields, folder: string | undefined): Way {
  const text = (name: string): string | undefined => {
    const value = options[`${prefix}_${name}`];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const url = proxyUrl(text('proxy'));
  const login = text('proxy_login');
  const credentials =
    login === undefined ? undefined : `${login}:${text('proxy_password') ?? text('proxy_pass') ?? ''}`;
  const file = text('ca_certs');
  return {
    ...(url === undefined || !URL.canParse(url) ? {} : { proxy: { url, credentials } }),
    ...(file === undefined ? {} : { ca: readOrNothing(inFolder(file, folder)) }),
    // With a file of authorities ElastAlert verifies, whatever the other option says.
    ...(file === undefined && options[`${prefix}_ignore_ssl_errors`] === true ? { verify: false } : {}),
  };
}

/** One that cannot be read was told by `checkWay`; nobody is trusted then. */
export function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Proxies are often written without their scheme. */
const proxyUrl = (value: unknown): string | undefined =>
  typeof value !== 'string' || value === '' ? undefined : value.includes('://') ? value : `http://${value}`;

export const inFolder = (path: string, folder: string | undefined): string => resolve(folder ?? '.', path);
