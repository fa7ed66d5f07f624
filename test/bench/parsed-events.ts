import { type Fields, newFields } from '../../src/core/event.ts';
import { combinedLines } from './lines/index.ts';

const LEVELS = ['INFO', 'INFO', 'INFO', 'WARN', 'ERROR', 'DEBUG'];
const COMBINED =
  /^(?<clientip>\S+) (?<ident>\S+) (?<auth>\S+) \[(?<time>[^\]]+)\] "(?<verb>\S+) (?<request>\S+) HTTP\/(?<httpversion>\S+)" (?<response>\d+) (?<bytes>\S+) (?<referrer>"[^"]*") (?<agent>"[^"]*")$/;

/** Events as the access log's pipeline makes them, of lines that vary. */
export function parsedEvents(count: number): Fields[] {
  return combinedLines(count).map((line, i) => {
    const found = COMBINED.exec(line)!.groups!;
    return Object.assign(newFields(), {
      '@timestamp': new Date(1.795e12 + i).toISOString(),
      level: LEVELS[(i * 7) % 6],
      service: `svc-${(i * 31) % 10}`,
      container_id: (i * 2_654_435_761).toString(16).padStart(12, 'c'),
      message: line,
      user_id: `u${i}`,
      ip_address: found['clientip'],
      response_time: (i * 7919) % 900,
      container_name: `c-${i % 300}`,
      stream: 'stdout',
      tag: 'docker.access',
      hostname: `web-${i % 10}-${(i * 40_503) % 65_536}`,
      ...found,
      response: Number(found['response']),
      bytes: found['bytes'] === '-' ? found['bytes'] : Number(found['bytes']),
    });
  });
}
