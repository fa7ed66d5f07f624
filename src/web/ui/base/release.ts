import { type Component, options, type VNode } from 'preact';

/** Names that Preact gives to what it keeps for itself: they stand in its sources (`mangle.json`), and its tools for developers rely on them. */
interface Drawn extends VNode {
  /** The component that it stands for. */
  __c?: (Component & { __v?: VNode }) | null;
  /** What was drawn in it. */
  __k?: unknown;
}

const latest = new WeakMap<Component, Drawn>();
const { diffed } = options;

/*
 * A component that draws itself anew leaves its first node in the props of the element around it, and with that everything that
 * was drawn in it then. Parts that stayed as they were lead from there to all that was drawn later: a live tail kept its rows of
 * every few seconds for ever. What a component has drawn anew is let go of.
 */
options.diffed = vnode => {
  diffed?.(vnode);
  const node = vnode as Drawn;
  const component = node.__c;
  if (component === undefined || component === null) return;
  const before = latest.get(component);
  latest.set(component, node);
  if (before === undefined || before === node) return;
  // The drawing that goes on may still look at it.
  queueMicrotask(() => {
    if (component.__v !== before) before.__k = null;
  });
};
