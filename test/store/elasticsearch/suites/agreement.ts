import { expect, test } from 'vitest';
import type { QueryNode } from '../../../../src/core/contracts.ts';
import { LongshoreError } from '../../../../src/core/errors.ts';
import { filtered, pageBody } from '../../../../src/store/elasticsearch/search-request.ts';
import { comparedWithNumbers, toElasticsearch } from '../../../../src/store/query/elasticsearch.ts';
import { planQuery } from '../../../../src/store/query/plan.ts';
import { askedWith, compare, DOCUMENTS } from '../../agreement/agreement.ts';
import { type Document, idsInMemory, NOW } from '../../query/back-ends.ts';
import { Place } from '../helpers.ts';
import type { Server } from '../server.ts';
import { write } from './queries.ts';

/** Thousands of made-up queries over made-up documents find in Elasticsearch what the predicate of rules finds. */
export function agreementSuite(server: () => Server): void {
  test('random queries over random documents find what they find in memory', { timeout: 240_000 }, async () => {
    const place = await Place.start({ nodes: [server().url], index: { prefix: 'docker-logs-' } });
    try {
      await write(place, DOCUMENTS);
      expect(place.letters).toEqual([]);
      // The first search makes everything visible.
      expect(await place.ids()).toHaveLength(DOCUMENTS.length);
      const asked = askedWith(7, 500);
      const queries = asked.map(({ query }) => query);
      compare(asked, await answersOf(server(), queries), dependsOnCase);
    } finally {
      await place.stop();
      await server().clear('docker-logs-*');
    }
  });
}

/** An exact comparison with text in a field that Elasticsearch took for a number: see known-differences.yaml. */
function dependsOnCase(query: QueryNode, document: Document): boolean {
  return idsInMemory([document], query).length !== idsInMemory([document], inAnyCase(query)).length;
}

function inAnyCase(node: QueryNode): QueryNode {
  if (node.type === 'and' || node.type === 'or') return { ...node, nodes: node.nodes.map(inAnyCase) };
  if (node.type === 'not') return { type: 'not', node: inAnyCase(node.node) };
  if (node.type !== 'terms' || node.field === '_id') return node;
  const { field, values } = node;
  const folded = values.map(
    (value): QueryNode => ({ type: 'wildcard', field, pattern: String(value).replace(/[*?\\]/g, '\\$&') }),
  );
  return { type: 'or', nodes: [node, ...folded] };
}

/** As the store asks, but many at once. Undefined: the store says that Elasticsearch cannot be asked so. */
async function answersOf(server: Server, queries: readonly QueryNode[]): Promise<(string[] | undefined)[]> {
  const numericIndices = await numbersIn(server, [...new Set(queries.flatMap(comparedOf))]);
  const bodies = queries.map(query => {
    try {
      const dsl = toElasticsearch(planQuery(query), { now: NOW, numericIndices });
      return pageBody({ query: filtered(dsl, {}), size: 1000, order: 'desc', after: undefined, timeoutMs: 10_000 });
    } catch (error) {
      if (error instanceof LongshoreError) return undefined;
      throw error;
    }
  });
  const answers: (string[] | undefined)[] = [];
  const refused: string[] = [];
  for (let start = 0; start < bodies.length; start += 50) {
    const some = bodies.slice(start, start + 50);
    const asked = some.filter(body => body !== undefined);
    const lines = asked.map(body => `{}\n${JSON.stringify({ ...(body as object), _source: false })}\n`);
    const response = await fetch(`${server.url}/docker-logs-*/_msearch`, {
      method: 'POST',
      body: lines.join(''),
      headers: { 'content-type': 'application/x-ndjson' },
    });
    const { responses } = (await response.json()) as {
      responses: { error?: unknown; hits?: { hits: { _id: string }[] } }[];
    };
    for (const body of some) {
      const answer = body === undefined ? undefined : responses.shift();
      if (answer?.error !== undefined) refused.push(`${JSON.stringify(body)}\n${JSON.stringify(answer.error)}`);
      answers.push(answer?.hits?.hits.map(hit => hit._id));
    }
  }
  expect(refused.slice(0, 5).join('\n')).toBe('');
  return answers;
}

function comparedOf(query: QueryNode): string[] {
  try {
    return comparedWithNumbers(planQuery(query));
  } catch {
    return [];
  }
}

async function numbersIn(server: Server, fields: readonly string[]): Promise<Map<string, string[]>> {
  const askable = fields.filter(field => !/[,*\s]/.test(field));
  const { body } = await server.json<{
    indices: string[];
    fields: { [field: string]: { double?: { indices?: string[] } } };
  }>('POST', '/docker-logs-*/_field_caps?include_unmapped=true', { fields: askable });
  return new Map(
    askable.map(field => [
      field,
      body.fields[field]?.double === undefined ? [] : (body.fields[field].double.indices ?? body.indices),
    ]),
  );
}
