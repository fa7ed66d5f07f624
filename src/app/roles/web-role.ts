import type { SearchApi } from '../../core/api/search.ts';
import type { LiveEvents } from '../../core/contracts.ts';
import { FollowStore } from '../../store/follow-store.ts';
import type { Searcher, SearchOptions } from '../../store/search.ts';
import type { WebDeps } from '../../web/deps.ts';
import type { ServiceStore } from '../stages.ts';
import { namesOf, type Roles } from './roles.ts';

type SearchDeps = Pick<WebDeps, 'searcher' | 'live' | 'days' | 'fieldNames'>;

/** `adopted`: what the last run left is in the store a moment after the start; an answer without it would be wrong. */
export function searchDeps(parts: {
  searcher: Searcher;
  store: ServiceStore;
  live: LiveEvents | undefined;
  adopted: Promise<unknown>;
  limits: SearchOptions;
}): SearchDeps {
  const { searcher, store, live, adopted, limits } = parts;
  const web: SearchApi = {
    limits: { max: limits.max_searches, timeoutMs: 3 * limits.timeout_ms },
    search: async (params, signal) => {
      await adopted;
      return searcher.search(params, Date.now(), signal);
    },
    histogram: async (params, signal) => {
      await adopted;
      return searcher.histogram(params, Date.now(), signal);
    },
    predicate: query => searcher.predicate(query),
  };
  return {
    searcher: web,
    live: live ?? new FollowStore(web),
    days: () => store.days(),
    fieldNames: () => store.fieldNames(),
  };
}

/** Why a route is not here, for who asks for it; undefined: it is no route of a role. */
export function elsewhere(roles: Roles): (method: string, path: string) => string | undefined {
  return (method, path) => {
    if (path.startsWith('/api/dead-letters') && !roles.has('ingest') && !roles.has('index')) {
      return `This longshore has the role ${namesOf(roles)}; dead letters are kept by those with the roles ingest and index, each its own.`;
    }
    const isSearch = /^\/(api\/(search|histogram|tail|days|fields|alerts|rules)|ui\/.*)?$/.test(path);
    const role = isSearch ? 'web' : method === 'POST' && !path.startsWith('/-/') ? 'ingest' : undefined;
    if (role === undefined || roles.has(role)) return undefined;
    return `This longshore has the role ${namesOf(roles)}; ${method} ${path} is answered by one with the role ${role}.`;
  };
}
