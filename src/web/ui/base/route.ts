import { signal } from '@preact/signals';

export const VIEWS = ['logs', 'containers', 'alerts', 'pipelines', 'health'] as const;
export type ViewName = (typeof VIEWS)[number];

export interface Route {
  readonly view: ViewName;
  readonly params: URLSearchParams;
}

/** Where the page is: `#/alerts?state=firing`. What is older has the search of the logs alone: `#query=...`. */
export const route = signal(read());

addEventListener('hashchange', () => {
  if (location.hash !== shown) refresh();
});
addEventListener('popstate', refresh);

let shown = location.hash;

/** Goes there; a new entry of the history unless `replace`. */
export function go(view: ViewName, params: URLSearchParams | Record<string, string> = {}, replace = false): void {
  const address = hrefOf(view, params);
  if (address !== location.hash) history[replace ? 'replaceState' : 'pushState'](null, '', address);
  refresh();
}

/** For links. */
export function hrefOf(view: ViewName, params: URLSearchParams | Record<string, string> = {}): string {
  const query = new URLSearchParams(params).toString();
  return query === '' ? `#/${view}` : `#/${view}?${query}`;
}

function refresh(): void {
  shown = location.hash;
  route.value = read();
}

function read(): Route {
  const hash = location.hash.slice(1);
  if (!hash.startsWith('/')) return { view: 'logs', params: new URLSearchParams(hash) };
  const [path = '', query = ''] = hash.slice(1).split(/\?(.*)/s);
  const view = VIEWS.find(name => name === path) ?? 'logs';
  return { view, params: new URLSearchParams(query) };
}
