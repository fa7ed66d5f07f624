export { quoteIdentifier as identifier } from '../../query/duckdb-path.ts';

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
