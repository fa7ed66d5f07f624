import type { LabelPredicate, Labels } from '../silencing/matcher.ts';

/** A node of the route tree, with what it takes over from those above it. */
export interface Route {
  /** Who it is: the matchers from the root down to it. Part of the keys of its groups. */
  readonly key: string;
  readonly holds: LabelPredicate;
  readonly receiver: string;
  /** Labels whose values make a group; `all`: each set of labels is one. */
  readonly groupBy: readonly string[] | 'all';
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  /** Names of time intervals in which nothing is told. */
  readonly muteTimeIntervals: readonly string[];
  /** Names of time intervals outside of which nothing is told; none: it is told at any time. */
  readonly activeTimeIntervals: readonly string[];
  /** The routes after it are asked, too. */
  readonly isContinued: boolean;
  readonly routes: readonly Route[];
}

/** The routes of an alert: the deepest that hold, of those beside each other the first, and further ones as far as `continue` goes. */
export function routesOf(root: Route, labels: Labels): Route[] {
  if (!root.holds(labels)) return [];
  const found: Route[] = [];
  for (const route of root.routes) {
    const inner = routesOf(route, labels);
    found.push(...inner);
    if (inner.length > 0 && !route.isContinued) break;
  }
  return found.length > 0 ? found : [root];
}

/** Of an alert's labels those that its group is known by. */
export function groupLabelsOf(route: Route, labels: Labels): Labels {
  const { groupBy } = route;
  if (groupBy === 'all') return labels;
  return Object.fromEntries(groupBy.filter(name => Object.hasOwn(labels, name)).map(name => [name, labels[name]!]));
}

/** Every route of a tree, the root first. */
export function* eachRoute(root: Route): IterableIterator<Route> {
  yield root;
  for (const route of root.routes) yield* eachRoute(route);
}
