import { LongshoreError } from '../../core/errors.ts';
import type { RedisBufferOptions } from './options.ts';

export interface RedisAddress {
  host: string;
  port: number;
}

/** What the urls say: where to connect, and how. */
export interface RedisTarget {
  addresses: RedisAddress[];
  tls: boolean;
  username: string | undefined;
  password: string | undefined;
  database: number;
}

/**
 * The urls of the settings, taken apart. What holds for the connection as a whole (TLS, user, password, database) comes
 * from the first one, and the others may not contradict it.
 * @throws LongshoreError LS_REDIS_URL
 */
export function redisTarget(options: Pick<RedisBufferOptions, 'url' | 'mode'>): RedisTarget {
  const urls = typeof options.url === 'string' ? [options.url] : options.url;
  if (options.mode === 'single' && urls.length !== 1)
    throw wrong('Several urls need a mode.', 'Set `buffer.mode` to `sentinel` or `cluster`, or give one url.');
  const targets = urls.map(text => parseUrl(text, options.mode === 'sentinel' ? 26379 : 6379));
  const [first] = targets;
  if (first === undefined) throw wrong('There is no url.', 'Write redis://host:6379.');
  for (const other of targets) {
    if (other.tls !== first.tls) throw wrong('Some urls are rediss:// and some are not.', 'Use the same for all.');
  }
  if (options.mode === 'cluster' && first.database !== 0)
    throw wrong('A Redis Cluster has database 0 only.', 'Take the database out of the url.');
  return { ...first, addresses: targets.flatMap(target => target.addresses) };
}

function parseUrl(text: string, defaultPort: number): RedisTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === '')
    throw wrong(
      `${withoutPassword(text)} is not the url of a Redis.`,
      'Write redis://host:6379, or rediss:// for TLS.',
    );
  const database = /^\/(\d{1,4})$/.exec(url.pathname);
  if (database === null && url.pathname !== '' && url.pathname !== '/')
    throw wrong(`${url.pathname} is not the number of a database.`, 'Write redis://host:6379/0.');
  return {
    addresses: [{ host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? defaultPort : Number(url.port) }],
    tls: url.protocol === 'rediss:',
    username: url.username === '' ? undefined : decode(url.username),
    password: url.password === '' ? undefined : decode(url.password),
    database: database === null ? 0 : Number(database[1]),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong('The user or password has a % that encodes nothing.', 'Write %25 for a %.');
  }
}

const withoutPassword = (text: string): string => text.replace(/\/\/[^@/]*@/, '//***@');

function wrong(what: string, fix: string): LongshoreError {
  return new LongshoreError('LS_REDIS_URL', what, { where: 'buffer.url', fix });
}
