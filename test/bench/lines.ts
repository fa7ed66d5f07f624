/** Apache combined lines, as many different ones as asked for; the same seed gives the same lines. */
export function combinedLines(count: number, seed = 1): string[] {
  let state = seed;
  const next = (limit: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state % limit;
  };
  const paths = [
    '/',
    '/index.html',
    '/products/',
    '/static/app.js',
    '/api/v1/orders',
    '/cart',
    '/login',
    '/images/logo.png',
  ];
  const agents = [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0',
    'curl/8.5.0',
  ];
  // One in a hundred fails: a service that runs.
  const statuses = Array.from({ length: 100 }, (_, i) =>
    i < 85 ? 200 : i < 91 ? 304 : i < 95 ? 301 : i < 99 ? 404 : 500,
  );
  const two = (n: number): string => String(n).padStart(2, '0');
  const now = Date.now();
  return Array.from({ length: count }, (_, i) => {
    // The last minute, in order.
    const at = new Date(now - 60_000 + Math.floor((i * 60_000) / count));
    const clock = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
    const time = `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}:${clock} +0000`;
    const path = `${paths[next(paths.length)]}?id=${next(100_000)}`;
    return `198.51.${next(100)}.${next(250)} - - [${time}] "GET ${path} HTTP/1.1" ${statuses[next(statuses.length)]} ${next(50_000)} "https://shop.example/page/${next(1000)}" "${agents[next(agents.length)]}"`;
  });
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
