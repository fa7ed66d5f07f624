import type { Server } from '../../store/elasticsearch/server.ts';

/** The index of events that come now. */
export const ISO_DAY_INDEX = (): string => `docker-logs-${new Date().toISOString().slice(0, 10).replaceAll('-', '.')}`;

export async function setIndex(elasticsearch: Server, settings: object): Promise<void> {
  const { status, body } = await elasticsearch.json('PUT', '/docker-logs-*/_settings', settings);
  if (status !== 200) throw new Error(JSON.stringify(body));
}
