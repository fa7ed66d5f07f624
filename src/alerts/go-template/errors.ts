/** A text that is no template, or one that fails when it is filled. */
export class GoTemplateError extends Error {}

/** What filling one text may cost. */
export const LIMITS = { steps: 200_000, chars: 1_000_000, depth: 100 };
