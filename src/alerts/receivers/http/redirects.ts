const MOST = 10;
/** What may go to another host: everything else may be a secret between us and the first. */
const FOR_ANY_HOST = ['content-type', 'accept', 'accept-language', 'idempotency-key', 'user-agent'];

/**
 * `fetch` that goes where 307 and 308 send it, with the same message. Others come back as they are: following them would
 * make a GET of a POST, and lose the message. What goes to another host goes without who we are.
 */
export function following(go: typeof fetch): typeof fetch {
  return async (input, init = {}) => {
    let url = new URL(input instanceof Request ? input.url : input);
    let headers = new Headers(init.headers);
    for (let hops = 0; ; hops++) {
      const response = await go(url.href, { ...init, headers: Object.fromEntries(headers), redirect: 'manual' });
      const location = response.headers.get('location');
      const isRedirect = response.status === 307 || response.status === 308;
      if (!isRedirect || location === null || !URL.canParse(location, url.href) || hops >= MOST) return response;
      const next = new URL(location, url);
      if (!/^https?:$/.test(next.protocol)) return response;
      await response.body?.cancel().catch(() => {});
      if (next.host !== url.host || (url.protocol === 'https:' && next.protocol === 'http:')) {
        headers = new Headers([...headers].filter(([name]) => FOR_ANY_HOST.includes(name)));
      }
      url = next;
    }
  };
}
