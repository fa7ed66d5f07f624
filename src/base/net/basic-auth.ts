/** The value of an `Authorization` header; `pair` is `user:password`. */
export const basicAuth = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;
