import { seeded as generator } from '../support/chance.ts';

/**
 * Apache combined lines of a site as sites are: the lines of many minutes side by side, many addresses, paths, agents and
 * sizes, `-` where a server has nothing to say. The same seed gives the same lines. Neighbours share nothing, so that
 * remembering the last value helps nobody.
 */
export function combinedLines(count: number, seed = 1): string[] {
  const random = generator(seed);
  const next = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[next(list.length)]!;
  const now = Date.now();
  return Array.from({ length: count }, () => {
    // Any second of the last day.
    const time = new Date(now - next(86_400_000));
    const status = pick(STATUSES);
    const bytes = status === 304 || next(12) === 0 ? '-' : String(Math.floor(200 * Math.exp(random() * 6)));
    const referrer = next(3) === 0 ? '-' : `https://${pick(HOSTS)}/${pick(WORDS)}/${next(5000)}`;
    const user = next(20) === 0 ? pick(WORDS) : '-';
    const path = `/${pick(WORDS)}/${pick(WORDS)}${next(2) === 0 ? `/${next(100_000)}` : ''}${next(3) === 0 ? `?${pick(WORDS)}=${next(1e6)}` : ''}`;
    return `${next(223) + 1}.${next(256)}.${next(256)}.${next(256)} - ${user} [${clock(time)}] "${pick(METHODS)} ${path} HTTP/${pick(['1.0', '1.1', '2.0'])}" ${status} ${bytes} "${referrer}" "${agent(next)}"`;
  });
}

const METHODS = ['GET', 'GET', 'GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'HEAD', 'DELETE'];
// A site that runs: one in a hundred fails.
const STATUSES = Array.from({ length: 100 }, (_, i) =>
  i < 82 ? 200 : i < 90 ? 304 : i < 95 ? 301 : i < 99 ? 404 : 500,
);
const HOSTS = ['shop.example', 'www.example.org', 'search.example.net', 'm.shop.example', 'news.example.com'];
const WORDS =
  'api v1 v2 users orders cart login logout static images products index search news blog account profile help docs assets app main vendor feed tags archive media upload status health payments invoices export report admin'.split(
    ' ',
  );
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const SYSTEMS = [
  'X11; Linux x86_64',
  'Windows NT 10.0; Win64; x64',
  'Macintosh; Intel Mac OS X 10_15_7',
  'iPhone; CPU iPhone OS 18_1 like Mac OS X',
  'Linux; Android 15; Pixel 9',
  'Linux; Android 14; SM-S921B',
];

function agent(next: (limit: number) => number): string {
  const system = SYSTEMS[next(SYSTEMS.length)]!;
  const major = 100 + next(45);
  switch (next(5)) {
    case 0:
      return `Mozilla/5.0 (${system}; rv:${major}.0) Gecko/20100101 Firefox/${major}.0`;
    case 1:
      return `Mozilla/5.0 (${system}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.${next(7)} Safari/605.1.15`;
    case 2:
      return `curl/8.${next(15)}.${next(3)}`;
    default:
      return `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.${next(7000)}.${next(200)} Safari/537.36`;
  }
}

function clock(time: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const date = `${two(time.getUTCDate())}/${MONTHS[time.getUTCMonth()]}/${time.getUTCFullYear()}`;
  return `${date}:${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())} +0000`;
}
