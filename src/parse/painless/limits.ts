/**
 * What one run may cost. A step is about what one operation takes: a loop pays for each round what stands in it, a call what
 * stands in the function, the library for each item that it goes through. All of them end within some 50 ms.
 */
export const MAX_STEPS = 700_000;
/** Characters and items. */
export const MAX_MEMORY = 16_000_000;
/** Functions of its own that call each other. */
export const MAX_CALLS = 500;
/** Items that sizes of maps, equality, hashes and keys of values may go through in one run: a list can hold itself twice, and that 60 times over. */
export const MAX_VISITS = 400_000;

/** In words, for the reference. */
export const SCRIPT_LIMITS: readonly (readonly [what: string, limit: number])[] = [
  ['steps of one run: operations, rounds of loops times what stands in them, items gone through', MAX_STEPS],
  ['characters and items that one run makes', MAX_MEMORY],
  ['functions of its own that call each other', MAX_CALLS],
  ['items that are compared, counted or hashed inside of other values', MAX_VISITS],
];
