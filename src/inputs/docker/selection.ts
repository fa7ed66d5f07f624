import type { Container } from './container.ts';
import type { DockerInputOptions, Selector } from './options.ts';

/** Why a container is left out. */
export type LeftOut = 'own' | 'label' | 'excluded' | 'not included';

export const ENABLE_LABEL = 'longshore.enable';

/** Which containers are read. `isOwn`: whether an id is that of the container that Longshore runs in. */
export class Selection {
  readonly #include: readonly Test[];
  readonly #exclude: readonly Test[];
  readonly #isOwn: (id: string) => boolean;

  constructor({ include, exclude }: Pick<DockerInputOptions, 'include' | 'exclude'>, isOwn: (id: string) => boolean) {
    this.#include = (include as readonly Selector[]).map(testOf);
    this.#exclude = (exclude as readonly Selector[]).map(testOf);
    this.#isOwn = isOwn;
  }

  /** Undefined: it is read. */
  leavesOut(container: Container): LeftOut | undefined {
    if (this.#isOwn(container.id)) return 'own';
    if (/^(?:false|no|off|0)$/i.test(container.labels[ENABLE_LABEL] ?? '')) return 'label';
    if (this.#exclude.some(test => test(container))) return 'excluded';
    if (this.#include.length > 0 && !this.#include.some(test => test(container))) return 'not included';
    return undefined;
  }
}

type Test = (container: Container) => boolean;

function testOf({ name, image, label }: Selector): Test {
  const tests: Test[] = [];
  if (name !== undefined) {
    const fits = globTest(name);
    tests.push(container => fits(container.name));
  }
  if (image !== undefined) {
    const fits = globTest(image);
    tests.push(container => fits(container.image));
  }
  if (label !== undefined) {
    const at = label.indexOf('=');
    const key = at === -1 ? label : label.slice(0, at);
    const fits = globTest(at === -1 ? '*' : label.slice(at + 1));
    tests.push(({ labels }) => Object.hasOwn(labels, key) && fits(labels[key]!));
  }
  // An entry that names nothing fits nothing.
  return container => tests.length > 0 && tests.every(test => test(container));
}

/** `*` stands for any characters, `?` for one. */
function globTest(glob: string): (text: string) => boolean {
  const source = glob
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, 's');
  return text => text.length <= MAX_TEXT && expression.test(text);
}

/** Longer names do not occur; each `*` may look at all of it. */
const MAX_TEXT = 4096;
