/** A count at a time. */
export interface Sample {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly value: number;
}

/** By second, between one sample and the next; a count that went back began anew. */
export function ratesOf(samples: readonly Sample[]): number[] {
  return samples.slice(1).map(({ at, value }, i) => {
    const before = samples[i]!;
    const seconds = (at - before.at) / 1000;
    return seconds <= 0 ? 0 : Math.max(0, value - before.value) / seconds;
  });
}
