const MAX_KNOWN = 1000;
const known = new Map<string, string>();

/**
 * The tag of an index: its name without the date that many senders put behind it, so that a sender keeps its tag when the day
 * ends: `logstash-2026.11.30` and `<logstash-{now/d}>` are `logstash`. What rollover numbers, `logs-000001`, is `logs`, and what stands
 * behind a data stream, `.ds-logs-app-default-2026.11.30-000001`, is that stream.
 */
export function tagOfIndex(index: string): string {
  let tag = known.get(index);
  if (tag !== undefined) return tag;
  tag = withoutDate(index);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(index, tag);
  return tag;
}

function withoutDate(index: string): string {
  // Date math: `{now/d{yyyy.MM.dd}}` has braces within braces.
  const isMath = index.startsWith('<') && index.endsWith('>');
  const name = isMath
    ? index
        .slice(1, -1)
        .replace(/\{[^{}]*(?:\{[^{}]*\}[^{}]*)?\}/g, '')
        .replace(/[-_.]+$/, '')
    : index;
  const stream = /^\.ds-(.+)-\d{4}\.\d{2}\.\d{2}-\d{6}$/.exec(name)?.[1];
  if (stream !== undefined) return stream;
  const tag = name.replace(/[-_.](?:\d{4}(?:[.-]\d{2}){1,3}|\d{8}|\d{6})$/, '');
  return tag === '' ? index : tag;
}
