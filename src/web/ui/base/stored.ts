import { type Signal, signal } from '@preact/signals';

/** A choice that the browser remembers, here or only as long as the tab is open. Where it may not store, the choice lasts as long as the page. */
export function stored<T extends string>(name: string, first: T, where: () => Storage = () => localStorage): Signal<T> {
  const key = `longshore-${name}`;
  const made = signal<T>(first);
  try {
    made.value = (where().getItem(key) as T | null) ?? first;
  } catch {
    return made;
  }
  made.subscribe(value => {
    try {
      if (value === first) where().removeItem(key);
      else where().setItem(key, value);
    } catch {
      // Full, or forbidden.
    }
  });
  return made;
}
