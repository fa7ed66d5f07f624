import { commit, machine, table } from '../page.ts';
import type { Fairness, Times } from './fairness.ts';

/** What a program took for a question: milliseconds of each turn. */
export interface Row {
  readonly question: string;
  readonly program: string;
  readonly rows: number[];
  readonly all: number[];
  readonly cpu: number[];
  said: string;
}

/** Lines while it runs, or a section of docs/BENCHMARKS.md at the end. */
export class Report {
  readonly #isPage: boolean;
  readonly #events: number;
  readonly #facts = new Map<string, string[]>();
  readonly #parts: string[] = [];

  constructor(isPage: boolean, events: number) {
    this.#isPage = isPage;
    this.#events = events;
  }

  /** Something to know of a program. */
  has(program: string, fact: string): void {
    const facts = this.#facts.get(program) ?? [];
    this.#facts.set(program, [...facts, fact]);
    this.#tell(`${program}: ${fact}`);
  }

  /** A row of each question, with what each program took. */
  table(title: string, rows: readonly (readonly Row[])[]): void {
    if (this.#isPage) {
      if (title !== '') this.#parts.push(`${title}:\n`);
      this.#parts.push(pageTable(rows));
      return;
    }
    if (title !== '') this.#tell(`${title}:`);
    this.#tell(cells('query', 'by', 'rows', 'all', 'CPU'));
    for (const each of rows) {
      for (const { question, program, rows, all, cpu, said } of each) {
        const mean = cpu.reduce((sum, ms) => sum + ms, 0) / cpu.length;
        this.#tell(`${cells(question, program, ms(median(rows)), ms(median(all)), ms(mean))}  ${said}`);
      }
      const [ours, theirs] = each;
      if (theirs !== undefined)
        this.#tell(cells('', 'part', part(ours!.rows, theirs.rows), part(ours!.all, theirs.all), ''));
    }
  }

  fairness({ rows, said }: { readonly rows: readonly Fairness[]; readonly said: string }): void {
    const values = rows.map(({ name, alone, beside }) => [
      name,
      ...[alone, beside].flatMap(({ p50, p99, max }: Times) => [p50, p99, max].map(ms)),
    ]);
    const titles = ['', 'alone p50', 'p99', 'max', 'beside p50', 'p99', 'max'];
    if (this.#isPage) {
      this.#parts.push(
        `Beside six heavy searches (expressions over everything, statistics with many groups), a whole service on these events; ${said}:\n`,
        table(titles, values),
      );
      return;
    }
    this.#tell(`beside six heavy searches: ${said}`);
    this.#tell(cells(...titles));
    for (const row of values) this.#tell(cells(...row));
  }

  end(command: string, load: number): void {
    if (!this.#isPage) {
      this.#tell(`load ${load.toFixed(1)}`);
      return;
    }
    const facts = [...this.#facts].map(([program, each]) => `${program}: ${each.join('; ')}.\n`).join('\n');
    process.stdout.write(`## Searches of the embedded store

Printed by \`${command}\` on ${new Date().toISOString().slice(0, 10)}, commit ${commit()}, on ${machine()}.

${this.#events.toLocaleString('en')} access lines of one day, as the shipped pipeline leaves them, no two alike. *rows*: until the page of the newest 100 was there; *all*: until
its total was, too, or the histogram. Medians; programs take turns. Ours is asked over its own link to the store, a peer over HTTP; a peer has its default settings.

${facts}
${this.#parts.join('\n')}`);
  }

  #tell(line: string): void {
    (this.#isPage ? process.stderr : process.stdout).write(`${line}\n`);
  }
}

function pageTable(rows: readonly (readonly Row[])[]): string {
  const peer = rows[0]?.[1]?.program;
  const titles =
    peer === undefined
      ? ['', 'rows', 'all', 'CPU of both']
      : [
          '',
          'rows',
          `${peer}'s`,
          'all',
          `${peer}'s`,
          'CPU of both',
          `${peer}'s`,
          'rows: ours to theirs',
          'all: ours to theirs',
        ];
  return table(
    titles,
    rows.map(each => {
      const [ours, theirs] = each;
      const figures = (['rows', 'all', 'cpu'] as const).flatMap(name => each.map(row => ms(median(row[name]))));
      const parts = theirs === undefined ? [] : [part(ours!.rows, theirs.rows), part(ours!.all, theirs.all)];
      return [ours!.question, ...figures, ...parts];
    }),
  );
}

const WIDTHS = [52, 13, 11, 11, 11, 11, 11];
const cells = (...texts: readonly string[]): string =>
  texts.map((text, i) => (i === 0 ? text.padEnd(WIDTHS[0]!) : text.padStart(WIDTHS[i]!))).join(' ');

const median = (times: readonly number[]): number | undefined => times.toSorted((a, b) => a - b)[times.length >> 1];

const ms = (time: number | undefined): string => (time === undefined ? '' : `${time.toFixed(time < 10 ? 1 : 0)} ms`);

function part(ours: readonly number[], theirs: readonly number[]): string {
  const [a, b] = [median(ours), median(theirs)];
  return a === undefined || b === undefined ? '' : (a / b).toFixed(2);
}
