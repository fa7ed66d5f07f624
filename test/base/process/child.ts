import { Link } from '../../../src/base/process/link.ts';
import { LongshoreError, messageOf } from '../../../src/core/errors.ts';

/** How a process does what it is asked to: as it should, not at all, or by ending. */
export type How = 'well' | 'not' | 'ending' | 'never';

export type ChildCalls = {
  open(how: How): Promise<void>;
  wait(): Promise<void>;
  stop(how: How): Promise<void>;
};

const never = () => new Promise<void>(() => {});

async function act(how: How, well: () => void): Promise<void> {
  if (how === 'well') well();
  else if (how === 'ending') process.exit(3);
  else if (how === 'never') await never();
  else throw new LongshoreError('LS_STORE_NEWER', 'it does not want to.');
}

new Link<Record<string, never>, ChildCalls>(
  process,
  {
    open: how => act(how, () => {}),
    wait: never,
    stop: how => act(how, () => setImmediate(() => process.exit(0))),
  },
  {
    gone: () => new LongshoreError('LS_WORKERS_GONE', 'it is gone.'),
    unknown: error => new LongshoreError('LS_WORKERS_FAILED', messageOf(error)),
  },
);
process.on('disconnect', () => process.exit(1));
