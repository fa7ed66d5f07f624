#!/usr/bin/env node
// Plain JavaScript, so that any Node can read it: finds a Node that is new enough for the program (24.12) and runs it.
import { spawn } from 'node:child_process';
import { accessSync, existsSync, lstatSync, mkdirSync, constants as modes } from 'node:fs';
import module from 'node:module';
import { constants, homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 24 || (major === 24 && minor >= 12)) {
  // What was compiled is kept, for the processes that this one starts, too: a start takes half the time.
  const cache = process.env.NODE_DISABLE_COMPILE_CACHE ? undefined : (process.env.NODE_COMPILE_CACHE ?? cacheFolder());
  if (cache !== undefined) {
    process.env.NODE_COMPILE_CACHE = cache;
    module.enableCompileCache(cache);
  }
  resolveQuickly();
  endWithLauncher();
  await import('../src/main.ts');
} else {
  const bundled = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(bundled)) {
    console.error(
      `longshore needs Node 24.12 or newer; this is ${process.version}. Run 'npm ci' here, or install a newer Node.`,
    );
    process.exit(1);
  }
  // As 'npm start' does: a small young generation.
  const child = spawn(bundled, ['--max-semi-space-size=8', fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    // The channel tells it when this process has been killed.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, LONGSHORE_LAUNCHED: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => child.kill(signal));
  child.on('error', error => {
    console.error(`longshore: ${bundled} cannot be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
  });
}

/**
 * A folder that nobody else can write to, since what is in it is run: below the user's own folder for caches, else below
 * the one for temporary files. Undefined: there is none.
 */
function cacheFolder() {
  const own = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  for (const folder of [join(own, 'longshore'), join(tmpdir(), `longshore-cache-${process.getuid?.() ?? 'user'}`)]) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const { uid, mode } = lstatSync(folder);
      if (process.getuid !== undefined && (uid !== process.getuid() || (mode & 0o022) !== 0)) continue;
      accessSync(folder, modes.W_OK);
      return folder;
    } catch {}
  }
  return undefined;
}

/** A file of ours that another one imports is where it is said to be: looking for it, a thousand times, is a third of a start. */
function resolveQuickly() {
  module.registerHooks({
    resolve(specifier, context, next) {
      const { parentURL } = context;
      if (!specifier.startsWith('.') || !specifier.endsWith('.ts') || parentURL === undefined)
        return next(specifier, context);
      return { url: new URL(specifier, parentURL).href, format: 'module-typescript', shortCircuit: true };
    },
  });
}

/** Started by an older Node that has been killed alone: nobody would stop this process, and the next start found its folder in use. */
function endWithLauncher() {
  if (process.env.LONGSHORE_LAUNCHED === undefined) return;
  delete process.env.LONGSHORE_LAUNCHED;
  process.channel?.unref();
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}
