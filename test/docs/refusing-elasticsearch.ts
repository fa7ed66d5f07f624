import { Gateway } from '../store/elasticsearch/gateway.ts';

/** An invented Elasticsearch in whose index `user_id` is a number: what else comes in it is refused, all the rest is taken. */
export async function refusingElasticsearch(): Promise<Gateway> {
  return Gateway.start(({ path, body }) => {
    if (!path.includes('_bulk'))
      return {
        status: 200,
        body: { version: { number: '9.2.0', build_flavor: 'default' }, tagline: 'You Know, for Search' },
      };
    const lines = body.toString().trim().split('\n');
    const items = lines.flatMap((line, i) => {
      if (i % 2 === 0) return [];
      const { user_id: user } = JSON.parse(line) as { user_id?: unknown };
      if (user === undefined || Number.isFinite(Number(user))) return [{ create: { status: 201 } }];
      const { create } = JSON.parse(lines[i - 1]!) as { create: { _id: string } };
      const reason = `[1:1] failed to parse field [user_id] of type [long] in document with id '${create._id}'. Preview of field's value: '${String(user)}'`;
      return [{ create: { status: 400, error: { type: 'document_parsing_exception', reason } } }];
    });
    return { status: 200, body: { errors: items.some(({ create }) => create.status !== 201), items } };
  });
}
