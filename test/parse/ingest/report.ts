import { compareCase } from './compare.ts';
import { externalCaseFiles, ownCaseFiles, readCases, writeExact } from './ingest-case.ts';
import { Table } from './table.ts';

/*
 * node test/parse/ingest/report.ts [--group NAME]... [--all] [FILE...]: shows what differs (with --all also what is decided) and the table by
 * group. Without files: the project's own, and those of LONGSHORE_CONFORMANCE and INGEST_CASES.
 */
const args = process.argv.slice(2);
const showsAll = args.includes('--all');
const groups = args.flatMap((arg, i) => (arg === '--group' ? [args[i + 1]] : []));
const files = args.filter((arg, i) => !arg.startsWith('--') && args[i - 1] !== '--group');
const table = new Table();
for (const file of files.length > 0 ? files : [...ownCaseFiles(), ...externalCaseFiles('ingest', 'INGEST_CASES')])
  for (const one of readCases(file)) {
    if (groups.length > 0 && !groups.includes(one.group)) continue;
    const { verdict, kinds, got } = compareCase(one);
    table.add(one.group, verdict);
    if (verdict === 'agree' || (verdict === 'decided' && !showsAll)) continue;
    const { id, expect, note, group: _, ...source } = one;
    console.log(`${id} ${verdict} ${kinds.join(', ')}${note === undefined ? '' : ` (${note})`}`);
    console.log(`    ${writeExact(source)}\n    expected ${writeExact(expect)}\n    got      ${writeExact(got)}`);
  }
console.log(String(table));
