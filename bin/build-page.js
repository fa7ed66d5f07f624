#!/usr/bin/env node
// Makes `dist/page` of `src/web/ui`: run by `npm ci` and `npm install`, which takes a second or two.

import { fileURLToPath } from 'node:url';

const vite = await import('vite').catch(() => undefined);
if (vite === undefined) {
  console.error(
    'The page in the browser is not built: that needs the development dependencies (npm ci without --omit=dev).',
  );
} else {
  await vite.build({
    configFile: fileURLToPath(new URL('../src/web/ui/vite.config.ts', import.meta.url)),
    logLevel: 'warn',
  });
}
