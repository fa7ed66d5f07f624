/** Goes over the texts that a template writes between quotes, while one rendering lasts: that is synchronous. */
let over: ((text: string) => string) | undefined;

export function overLiterals<T>(change: ((text: string) => string) | undefined, render: () => T): T {
  over = change;
  try {
    return render();
  } finally {
    over = undefined;
  }
}

export const literal = (text: string): string => over?.(text) ?? text;
