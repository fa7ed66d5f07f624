/**
 * The text in lower case, one code point at a time; never changes the number of UTF-16 units. JavaScript's `toLowerCase`
 * looks at the neighbours of a Σ and makes two characters of an İ, so both are replaced before.
 */
export function fold(text: string): string {
  if (SPECIAL.test(text)) return text.replaceAll('İ', 'i').replaceAll('Σ', 'σ').toLowerCase();
  return text.toLowerCase();
}
const SPECIAL = /[İΣ]/;
