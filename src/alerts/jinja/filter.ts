/** One filter: the value before the bar, and the arguments behind its name. Throws TemplateError for a value that it cannot work on. */
export type JinjaFilter = (value: unknown, args: readonly unknown[], named: ReadonlyMap<string, unknown>) => unknown;
