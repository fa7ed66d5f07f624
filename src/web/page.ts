import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';

/** Nothing from elsewhere, nothing inline, no frames. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SCRIPTS = ['alerts', 'app', 'dom', 'histogram', 'hits', 'ledger', 'levels', 'live', 'text'];
const STYLES = ['colors', 'narrow', 'silence', 'style'];

const FILES = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  ...SCRIPTS.map(name => ({ path: `/ui/${name}.js`, file: `${name}.js`, type: 'text/javascript; charset=utf-8' })),
  ...STYLES.map(name => ({ path: `/ui/${name}.css`, file: `${name}.css`, type: 'text/css; charset=utf-8' })),
];

/** The one page and its files, read once at start. */
export async function pageRoutes(app: FastifyInstance): Promise<void> {
  for (const { path, file, type } of FILES) {
    const content = await readFile(new URL(`./ui/${file}`, import.meta.url));
    const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 16)}"`;
    app.get(path, async (request, reply) => {
      reply.header('cache-control', 'no-cache').header('etag', etag);
      reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type(type).send(content);
    });
  }
}
