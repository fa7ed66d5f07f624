export interface SavedSearch {
  readonly name: string;
  /** As the address has them. */
  readonly params: string;
}

const MOST = 100;

/** What a browser has kept; of what is no list of searches nothing. */
export function readSaved(text: string): SavedSearch[] {
  try {
    const found: unknown = JSON.parse(text === '' ? '[]' : text);
    return Array.isArray(found) ? found.filter(isSaved) : [];
  } catch {
    return [];
  }
}

function isSaved(value: unknown): value is SavedSearch {
  if (typeof value !== 'object' || value === null) return false;
  const { name, params } = value as Partial<SavedSearch>;
  return typeof name === 'string' && typeof params === 'string';
}

/** By name, a search of the same name replaced; of too many the first ones stay. */
export function withSaved(text: string, search: SavedSearch): string {
  const others = readSaved(text).filter(({ name }) => name !== search.name);
  const all = [search, ...others].slice(0, MOST).sort((a, b) => a.name.localeCompare(b.name));
  return JSON.stringify(all);
}

export function withoutSaved(text: string, name: string): string {
  const rest = readSaved(text).filter(saved => saved.name !== name);
  return rest.length === 0 ? '' : JSON.stringify(rest);
}
