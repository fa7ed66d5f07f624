/*
 * Filters as users write them, by kind: the i-th of as many as are wanted. The first ten find something in the events of
 * `parsed-events.ts`, all others look alike and find nothing.
 */
type Filter = (i: number) => unknown;

const query = (text: string): unknown => ({ query_string: { query: text } });
const among = (first: readonly string[], i: number, rest: string): string => first[i] ?? `${rest}${i}`;

const WORDS = 'invoices payments export status archive upload vendor report login logout'.split(' ');
const AGENTS = 'firefox curl safari chrome android windows iphone macintosh linux gecko'.split(' ');
const PATHS = 'api users orders cart login logout static images products index'.split(' ');
const STATUSES = '404 500 301 304 200 503 403 401 502 400'.split(' ');
const status = (i: number): string => STATUSES[i] ?? String(1000 + i);
const word = (i: number): string => among(WORDS, i, 'word');

const KINDS: Record<string, Filter> = {
  'service, levels (term)': i => ({
    bool: { filter: [{ term: { service: `svc-${i}` } }, { terms: { level: ['ERROR', 'FATAL'] } }] },
  }),
  'service:S AND level:L': i => query(`service:svc-${i} AND level:ERROR`),
  'a field of its own': i => ({ term: { [`field${i}`]: 'x' } }),
  'verb:GET AND response:N': i => query(`verb:GET AND response:${status(i)}`),
  'response:N (term)': i => ({ term: { response: Number(status(i)) } }),
  'request:*word*': i => query(`request:*${word(i)}*`),
  'hostname:web-N-*': i => query(`hostname:web-${i}-*`),
  'message:word': i => query(`message:${among(AGENTS, i, 'failure')}`),
  'message:"two words"': i => query(i < 10 ? `message:"GET /${PATHS[i]}/"` : `message:"connection ${i} refused"`),
  'service:S AND response_time:>N': i => query(`service:svc-${i} AND response_time:>${500 + i}`),
  'service:S AND NOT level:L': i => query(`service:svc-${i} AND NOT level:INFO`),
  'a OR b OR c': i => query(`request:*${word(i)}* OR agent:*${among(['edg'], i, 'bot')}* OR response:${5000 + i}`),
  'word, no field': i => query(among(AGENTS, i, 'timeout')),
  'message:/regexp/': i =>
    query(i < 10 ? `message:/(get|put) \\/${PATHS[i]}/` : `message:/fail(ed|ure) [0-9]* of job${i}/`),
};

const kinds = Object.values(KINDS);

export const FILTERS: Record<string, Filter> = {
  ...KINDS,
  'half verb AND response, half *word*': i =>
    i % 2 === 0 ? KINDS['verb:GET AND response:N']!(i) : KINDS['request:*word*']!(i),
  mixed: i => kinds[i % kinds.length]!(i),
};
