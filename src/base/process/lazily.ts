import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * A package that is read when it is used first. Some are hundreds of files which most services never need: reading them at
 * each start is most of the time that a start takes. `M` is `typeof import(name)`.
 */
export function lazily<M>(name: string): () => M {
  let loaded: M | undefined;
  return () => {
    loaded ??= require(name) as M;
    return loaded;
  };
}
