import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

/** Nothing from elsewhere, nothing inline, no frames. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Where `npm run prepare` puts the page. */
const BUILT = new URL('../../dist/page/', import.meta.url);
/** The styles of the pages without a script, from the sources. */
const PLAIN = ['colors.css', 'silence.css'].map(name => ({
  path: `/ui/${name}`,
  at: new URL(`./ui/${name}`, import.meta.url),
}));
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};
const NOT_BUILT = 'The page is not built. Run: npm run prepare (it needs the development dependencies).\n';

/** The page and its files, read once at start. A file whose name holds the hash of its content never changes. */
export async function pageRoutes(app: FastifyInstance): Promise<void> {
  const built = await builtFiles();
  if (built.length === 0) app.get('/', async (_request, reply) => reply.code(503).type('text/plain').send(NOT_BUILT));
  for (const { path, at } of [...built, ...PLAIN]) {
    const content = await readFile(at);
    const type = TYPES[extname(at.pathname)] ?? 'application/octet-stream';
    const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 16)}"`;
    const isForEver = path !== '/' && built.some(file => file.path === path);
    let packed: Promise<Buffer> | undefined;
    app.get(path, async (request, reply) => {
      reply
        .header('cache-control', isForEver ? 'public, max-age=31536000, immutable' : 'no-cache')
        .header('etag', etag);
      reply.header('content-security-policy', CONTENT_SECURITY_POLICY).header('vary', 'accept-encoding');
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      reply.type(type);
      if (!/\bgzip\b/.test(String(request.headers['accept-encoding']))) return reply.send(content);
      packed ??= promisify(gzip)(content);
      return reply.header('content-encoding', 'gzip').send(await packed);
    });
  }
}

async function builtFiles(): Promise<{ path: string; at: URL }[]> {
  const assets = await readdir(new URL('ui/', BUILT)).catch(() => []);
  if (assets.length === 0) return [];
  const files = assets.map(name => ({ path: `/ui/${name}`, at: new URL(`ui/${name}`, BUILT) }));
  return [{ path: '/', at: new URL('index.html', BUILT) }, ...files];
}
