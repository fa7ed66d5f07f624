const SHAPES = {
  top: 'M2 3h12M2 8h8M2 13h4',
  column: 'M2 3h12v10H2zM7 3v10',
  copy: 'M5 5h8v9H5zM3 11V2h8',
  done: 'M3 8l4 4 6-8',
} as const;

export type IconName = keyof typeof SHAPES;

/** A small picture; what it means stands in the name of its button. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="13" height="13" aria-hidden="true">
      <path d={SHAPES[name]} fill="none" stroke="currentColor" stroke-width="1.6" />
    </svg>
  );
}
