import { addressOf, request, token } from '../base/api.ts';
import { timeZone } from '../base/time.ts';
import { fullQuery, type Search, spanOf } from './search-state.ts';

export type DownloadForm = 'ndjson' | 'csv';

/** All that is found, as a file. Throws ApiError. */
export async function download(form: DownloadForm, search: Search, signal: AbortSignal): Promise<void> {
  const { order, columns } = search;
  const fields = form === 'csv' && columns.length > 0 ? ['@timestamp', 'level', ...columns].join(',') : undefined;
  const params = {
    query: fullQuery(search),
    ...spanOf(search),
    order,
    timezone: timeZone.peek(),
    format: form,
    fields,
  };
  const name = `logs.${form}`;
  if (token.peek() === '') {
    // The browser writes it to the disk as it comes. A mistake would be a page of its own: it is asked for first.
    await request(
      'api/search',
      { ...params, format: undefined, fields: undefined, size: 1, total: 'false' },
      { signal },
    );
    click(addressOf('api/export', params), name);
    return;
  }
  const response = await request('api/export', params, { signal, accept: '*/*' });
  const url = URL.createObjectURL(await response.blob());
  click(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function click(href: string, name: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  link.click();
}
