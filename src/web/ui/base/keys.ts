import { signal } from '@preact/signals';

/** A key that does something, and what: shown by `?`. */
export interface Key {
  /** As `KeyboardEvent.key` has it; `g a`: one after the other. */
  readonly key: string;
  readonly what: () => string;
  run(event: KeyboardEvent): void;
}

const active = signal<readonly Key[]>([]);

/** All that hold now, for the list of them. */
export const activeKeys = active;

/** The keys hold until the function that comes back is called: an effect of a component. Those of an inner view come first. */
export function useKeys(keys: readonly Key[]): () => void {
  active.value = [...keys, ...active.peek()];
  return () => {
    active.value = active.peek().filter(key => !keys.includes(key));
  };
}

let before = '';
let beforeAt = 0;

addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  // Esc leaves a field; other keys belong to it.
  if (isTyping(event.target) && event.key !== 'Escape') return;
  const both = event.timeStamp - beforeAt < 1000 ? `${before} ${event.key}` : '';
  const found = active.value.find(({ key }) => key === both) ?? active.value.find(({ key }) => key === event.key);
  before = event.key;
  beforeAt = event.timeStamp;
  if (found === undefined) return;
  event.preventDefault();
  found.run(event);
});

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('input, textarea, select') || target.shadowRoot !== null;
}
