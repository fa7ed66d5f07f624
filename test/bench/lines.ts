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
  const statuses = [200, 200, 200, 200, 200, 304, 301, 404, 500];
  const two = (n: number): string => String(n).padStart(2, '0');
  const now = new Date();
  const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][now.getUTCMonth()];
  const day = `${two(now.getUTCDate())}/${month}/${now.getUTCFullYear()}`;
  return Array.from({ length: count }, (_, i) => {
    const time = `${day}:${two(now.getUTCHours())}:${two(Math.floor(i / 20) % 60)}:${two(i % 60)} +0000`;
    const path = `${paths[next(paths.length)]}?id=${next(100_000)}`;
    return `198.51.${next(100)}.${next(250)} - - [${time}] "GET ${path} HTTP/1.1" ${statuses[next(statuses.length)]} ${next(50_000)} "https://shop.example/page/${next(1000)}" "${agents[next(agents.length)]}"`;
  });
}
