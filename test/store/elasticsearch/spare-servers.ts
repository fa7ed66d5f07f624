import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../../support/command.ts';

/*
 * To start a server costs more than many a file of tests does with it, and one that has run for a while is quicker: what
 * a file no longer needs serves the next one. Each file has its server for itself meanwhile.
 */

/** Names the folder in which they are known. */
const FOLDER = 'LONGSHORE_TEST_SPARE_SERVERS';

/** What a server had when it was new: the rest is taken away before another file has it. */
export interface Spare {
  readonly name: string;
  readonly url: string;
  readonly templates: readonly string[];
  readonly components: readonly string[];
}

/** vitest's `globalSetup`: when the run is over, none of them is left. */
export default function setup(): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-spare-servers-'));
  process.env[FOLDER] = folder;
  return async () => {
    const names = readdirSync(folder).map(file => file.split('.')[1]!);
    rmSync(folder, { recursive: true });
    if (names.length > 0) await command('docker', ['rm', '--force', '--volumes', ...names]);
  };
}

const folder = (): string | undefined => process.env[FOLDER];
const pathOf = (kind: string, name: string, state: 'spare' | 'used'): string =>
  join(folder()!, `${kind}.${name}.${state}`);

/** Whether what is started may serve others later. */
export const isShared = (): boolean => folder() !== undefined;

/** One that is there, for its taker alone. */
export function takeSpare(kind: string): Spare | undefined {
  if (!isShared()) return undefined;
  for (const file of readdirSync(folder()!)) {
    const [itsKind, name, state] = file.split('.') as [string, string, string];
    if (itsKind !== kind || state !== 'spare') continue;
    try {
      // Of several that want it, one can do this.
      renameSync(join(folder()!, file), pathOf(kind, name, 'used'));
    } catch {
      continue;
    }
    return JSON.parse(readFileSync(pathOf(kind, name, 'used'), 'utf8')) as Spare;
  }
  return undefined;
}

/** It is known, so that it is removed at the end whatever happens. */
export function useShared(kind: string, spare: Spare): void {
  writeFileSync(pathOf(kind, spare.name, 'used'), JSON.stringify(spare));
}

export function giveBack(kind: string, name: string): void {
  renameSync(pathOf(kind, name, 'used'), pathOf(kind, name, 'spare'));
}

export function forget(kind: string, name: string): void {
  rmSync(pathOf(kind, name, 'used'), { force: true });
}
