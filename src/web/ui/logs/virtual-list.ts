import { observeWindowOffset, observeWindowRect, Virtualizer, windowScroll } from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';

export interface ListGiven {
  readonly count: number;
  /** The element that the rows lie in. */
  readonly list: RefObject<HTMLElement | null>;
  /** Of a row that has not been seen yet, pixels. */
  readonly estimate: number;
  /** Tells a row whatever its place is. */
  keyOf(index: number): string;
}

/** Rows of any height that scroll with the page; only those in sight exist. */
export function useVirtualList({ count, list, estimate, keyOf }: ListGiven): Virtualizer<Window, HTMLLIElement> {
  const [, draw] = useReducer<number, void>(turn => turn + 1, 0);
  const [top, setTop] = useState(0);
  const options = {
    count,
    getItemKey: keyOf,
    estimateSize: () => estimate,
    getScrollElement: () => window,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    scrollMargin: top,
    // What is open at the top must not hide under the bar that stays there.
    scrollPaddingStart: 120,
    scrollPaddingEnd: 24,
    overscan: 8,
    initialOffset: () => window.scrollY,
    onChange: () => draw(),
  };
  const made = useRef<Virtualizer<Window, HTMLLIElement>>(null);
  made.current ??= new Virtualizer<Window, HTMLLIElement>(options);
  const virtual = made.current;
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => {
    // What stands above the list grows and shrinks.
    const now = list.current === null ? 0 : Math.round(list.current.getBoundingClientRect().top + window.scrollY);
    if (now !== top) setTop(now);
    virtual._willUpdate();
  });
  return virtual;
}
