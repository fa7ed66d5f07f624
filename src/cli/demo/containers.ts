import { compilePrinter } from '../../base/time/pattern/print.ts';
import { zoneOf } from '../../base/time/zone.ts';

/** A source of pseudo-random numbers with a seed: the same seed gives the same logs. */
export type Random = () => number;

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A container that does not exist, writing what its real image writes. */
export interface DemoContainer {
  readonly name: string;
  readonly image: string;
  readonly id: string;
  /** How often it speaks, against the others. */
  readonly weight: number;
  /** One log entry: several lines for a stack trace. */
  readonly write: (random: Random, now: Date) => { stream: 'stdout' | 'stderr'; lines: string[] };
}

const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
const between = (random: Random, low: number, high: number): number => Math.floor(low + random() * (high - low + 1));
const ip = (random: Random): string => `203.0.113.${between(random, 1, 254)}`;
const out = (...lines: string[]) => ({ stream: 'stdout' as const, lines });
const err = (...lines: string[]) => ({ stream: 'stderr' as const, lines });

const PATHS = [
  '/',
  '/products',
  '/products/42',
  '/cart',
  '/checkout',
  '/static/app.js',
  '/login',
  '/search?q=lamp',
  '/health',
];
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1',
  'curl/8.5.0',
];

const printAccessTime = compilePrinter('dd/MMM/yyyy:HH:mm:ss Z');
const accessTime = (now: Date): string => printAccessTime(now.getTime(), zoneOf('UTC'));

function nginx(random: Random, now: Date) {
  const status = random() < 0.94 ? pick(random, [200, 200, 200, 304, 301]) : pick(random, [404, 404, 403, 502]);
  const method = random() < 0.85 ? 'GET' : 'POST';
  return out(
    `${ip(random)} - - [${accessTime(now)}] "${method} ${pick(random, PATHS)} HTTP/1.1" ${status} ${between(random, 150, 48_000)} "-" "${pick(random, AGENTS)}"`,
  );
}

function api(random: Random, now: Date) {
  const base = {
    time: now.getTime(),
    pid: 1,
    hostname: 'api-1',
    trace_id: between(random, 0x10000000, 0x7fffffff).toString(16),
  };
  if (random() < 0.05)
    return out(
      JSON.stringify({
        level: 40,
        ...base,
        msg: 'payment provider is slow',
        response_time: between(random, 900, 2400),
      }),
    );
  return out(
    JSON.stringify({
      level: 30,
      ...base,
      user_id: `u${between(random, 1, 400)}`,
      response_time: between(random, 3, 180),
      msg: `${pick(random, ['GET', 'POST'])} /v1/${pick(random, ['orders', 'carts', 'users'])} done`,
    }),
  );
}

function worker(random: Random, now: Date) {
  const stamp = now.toISOString().replace('T', ' ').slice(0, 23).replace('.', ',');
  if (random() < 0.03) {
    return err(
      `${stamp} ERROR mailer.tasks: could not send the receipt`,
      'Traceback (most recent call last):',
      '  File "/app/mailer/tasks.py", line 41, in send_receipt',
      '    smtp.send(message)',
      'ConnectionRefusedError: [Errno 111] Connection refused',
    );
  }
  return err(
    `${stamp} INFO mailer.tasks: sent receipt ${between(random, 10_000, 99_999)} in ${between(random, 40, 900)} ms`,
  );
}

function shop(random: Random, now: Date) {
  const stamp = now.toISOString();
  if (random() < 0.03) {
    return out(
      `${stamp} ERROR 1 --- [nio-8080-exec-${between(random, 1, 9)}] c.example.shop.OrderController : order could not be saved`,
      'java.lang.IllegalStateException: stock is negative',
      '\tat com.example.shop.Stock.take(Stock.java:87)',
      '\tat com.example.shop.OrderController.save(OrderController.java:54)',
      'Caused by: java.sql.SQLException: lock wait timeout exceeded',
      '\t... 12 more',
    );
  }
  return out(
    `${stamp}  INFO 1 --- [nio-8080-exec-${between(random, 1, 9)}] c.example.shop.OrderController : order ${between(random, 1000, 9999)} saved in ${between(random, 5, 220)} ms`,
  );
}

function mysql(random: Random, now: Date) {
  const stamp = now.toISOString().replace('Z', '000Z');
  const text =
    random() < 0.2
      ? '[Warning] [MY-010055] [Server] IP address could not be resolved'
      : `[Note] [MY-010051] [Server] Event Scheduler: ran purge_${between(random, 1, 9)}`;
  return err(`${stamp} ${between(random, 8, 300)} ${text}`);
}

const id = (n: number): string => n.toString(16).padStart(2, '0').repeat(32);

export const DEMO_CONTAINERS: readonly DemoContainer[] = [
  { name: 'demo-web-1', image: 'nginx:1.29', id: id(0x1a), weight: 8, write: nginx },
  { name: 'demo-api-1', image: 'example/api:3.2', id: id(0x2b), weight: 6, write: api },
  { name: 'demo-mailer-1', image: 'example/mailer:1.8', id: id(0x3c), weight: 2, write: worker },
  { name: 'demo-shop-1', image: 'example/shop:2.0', id: id(0x4d), weight: 3, write: shop },
  { name: 'demo-db-1', image: 'mysql:8.4', id: id(0x5e), weight: 1, write: mysql },
];

/** What the burst consists of: the api has lost its database. */
export function burstLine(random: Random, now: Date): string {
  return JSON.stringify({
    level: 50,
    time: now.getTime(),
    pid: 1,
    hostname: 'api-1',
    trace_id: between(random, 0x10000000, 0x7fffffff).toString(16),
    user_id: `u${between(random, 1, 400)}`,
    response_time: between(random, 4900, 5100),
    msg: 'connect ECONNREFUSED 10.0.0.12:3306: order could not be saved',
  });
}
