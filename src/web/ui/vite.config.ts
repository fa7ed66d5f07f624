import { defineConfig } from 'vite';

/** The page becomes a few files in `dist/page`, which the service sends as they are. Addresses are relative: it may lie behind a path. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../../dist/page',
    emptyOutDir: true,
    assetsDir: 'ui',
    // The policy of the page allows no `data:` but pictures, and no script inside of it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    reportCompressedSize: false,
  },
});
