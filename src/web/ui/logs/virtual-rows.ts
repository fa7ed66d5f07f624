import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from 'preact/hooks';
import { RowHeights } from './row-heights.ts';

const OVERSCAN = 8;

export interface ShownRow {
  readonly index: number;
  /** From the top of the list, pixels. */
  readonly top: number;
}

export interface VirtualRows {
  readonly rows: readonly ShownRow[];
  /** Height of the whole list. */
  readonly total: number;
  /** Watches the height of a row; the element says by `data-index` which it is. */
  observe(element: HTMLElement | null): void;
}

/** Rows of any height that scroll with the page; only those in sight are drawn. `form`: rows of another form have other heights. */
export function useVirtualRows(
  keys: readonly string[],
  list: RefObject<HTMLElement | null>,
  estimate: number,
  form: string,
): VirtualRows {
  const [, draw] = useReducer<number, void>(turn => turn + 1, 0);
  const heights = useMemo(() => new RowHeights(estimate), []);
  const shown = useRef({ first: 0, last: -1 });
  const known = useRef<{ keys: readonly string[]; form: string }>({ keys: [], form });
  if (known.current.form !== form) heights.reset(estimate);
  if (known.current.keys !== keys) heights.setKeys(keys);
  known.current = { keys, form };

  // To ask the browser where the list is makes it lay out the page: that is done when it is drawn and when it scrolls, not while it is made.
  const place = useRef(0);
  const top = (): number => {
    place.current = list.current?.getBoundingClientRect().top ?? 0;
    return place.current;
  };
  const rangeAt = (top: number): { first: number; last: number } => {
    if (heights.count === 0) return { first: 0, last: -1 };
    const edge = Math.max(0, -top);
    const first = Math.max(0, heights.indexAt(edge) - OVERSCAN);
    const last = Math.min(heights.count - 1, heights.indexAt(edge + window.innerHeight) + OVERSCAN);
    return { first, last };
  };
  const look = (): void => {
    const { first, last } = rangeAt(top());
    if (first !== shown.current.first || last !== shown.current.last) draw();
  };
  const observer = useMemo(
    () =>
      new ResizeObserver(entries => {
        const edge = Math.max(0, -top());
        const found: [number, number][] = [];
        for (const { target, borderBoxSize } of entries) {
          // One that has left has no height.
          if (!target.isConnected) observer.unobserve(target);
          else found.push([Number((target as HTMLElement).dataset['index']), borderBoxSize[0]!.blockSize]);
        }
        const before = heights.total;
        const moved = heights.measure(found, edge);
        if (moved !== 0) window.scrollBy(0, moved);
        if (moved !== 0 || heights.total !== before) draw();
      }),
    [],
  );
  useEffect(() => {
    let width = window.innerWidth;
    const resized = (): void => {
      if (window.innerWidth !== width) heights.reset(estimate);
      width = window.innerWidth;
      draw();
    };
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', resized);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', resized);
      observer.disconnect();
    };
  }, []);
  // What stands above the list has grown or shrunk, and at first there is no list yet.
  useLayoutEffect(look);
  shown.current = rangeAt(place.current);
  const rows: ShownRow[] = [];
  for (let index = shown.current.first; index <= shown.current.last; index++)
    rows.push({ index, top: heights.top(index) });
  const observe = useMemo(
    () => (element: HTMLElement | null) => {
      if (element !== null) observer.observe(element);
    },
    [],
  );
  return { rows, total: heights.total, observe };
}
