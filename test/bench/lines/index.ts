import { accessLine } from './access.ts';
import { freeLine, javaLines, jsonLine, logfmtLine } from './programs.ts';
import { Dice } from './words.ts';

/**
 * What programs write. `access`: the combined log format. `json`, `logfmt`: several libraries' shapes. `java`: Spring Boot and logback, one event in
 * twenty with a stack trace. `free`: what no pipeline takes.
 */
export const KINDS = ['access', 'json', 'logfmt', 'java', 'free'] as const;
export type Kind = (typeof KINDS)[number];

/** A record as Docker's log driver sends it. */
export interface DockerRecord {
  readonly container_id: string;
  readonly container_name: string;
  readonly source: 'stdout' | 'stderr';
  readonly log: string;
}

/** A record and the tag under which it is sent. */
export interface TaggedRecord {
  readonly tag: string;
  readonly record: DockerRecord;
}

const IMAGES: Record<Kind, readonly string[]> = {
  access: ['httpd', 'nginx'],
  json: ['shop-api', 'cart'],
  logfmt: ['shop-worker', 'gateway'],
  java: ['eclipse-temurin', 'openjdk'],
  free: ['legacy', 'batch'],
};
const LINES: Record<Kind, (dice: Dice) => string | string[]> = {
  access: accessLine,
  json: jsonLine,
  logfmt: logfmtLine,
  java: javaLines,
  free: freeLine,
};

/** Lines of one kind, no two alike and in no order. */
export function lines(kind: Kind, count: number, seed = 1): string[] {
  const dice = new Dice(seed);
  const found: string[] = [];
  while (found.length < count) found.push(...[LINES[kind](dice)].flat());
  return found.slice(0, count);
}

/** Apache combined lines of a site as sites are. */
export const combinedLines = (count: number, seed = 1): string[] => lines('access', count, seed);

/**
 * So many records of so many containers, in turns of chance: neighbours share nothing, so that remembering the last value
 * helps nobody. The lines of one container keep their order. The tag is `docker.{{.ImageName}}`.
 */
export function dockerRecords(kind: Kind, count: number, containers: number, seed = 1): TaggedRecord[] {
  const dice = new Dice(seed);
  const running = Array.from({ length: containers }, (_, i) => {
    const image = IMAGES[kind][i % IMAGES[kind].length]!;
    const name = `${image}-${dice.hex(4)}-${i + 1}`;
    const tag = `docker.${image}`;
    return {
      tag,
      id: dice.hex(64),
      name: `/${name}`,
      source: 'stdout' as DockerRecord['source'],
      waiting: [] as string[],
    };
  });
  return Array.from({ length: count }, () => {
    const one = dice.pick(running);
    if (one.waiting.length === 0) {
      one.waiting.push(...[LINES[kind](dice)].flat());
      one.source = dice.once(10) ? 'stderr' : 'stdout';
    }
    const { tag, id, name, source } = one;
    return { tag, record: { container_id: id, container_name: name, source, log: one.waiting.shift()! } };
  });
}
