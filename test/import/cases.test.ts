import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isoTime } from '../../src/base/time/iso.ts';
import { writeYaml } from '../../src/base/yaml/write.ts';
import type { Fields } from '../../src/core/event.ts';
import { forTrial } from '../../src/import/ingest.ts';
import { pipelineText } from '../../src/import/pipeline-text.ts';
import { compareReadings, eventText, recordOf } from '../../src/import/reading.ts';
import { loadImported, settle } from '../../src/import/settle.ts';
import { createAdmit } from '../../src/schema/admit.ts';
import { IMPORTERS, META } from './importers.ts';

/*
 * A folder a case: cases/<importer>/<name>/ has the source (input.*, and files that it names), `lines` (a text or a record
 * as JSON a line), and what is expected: the files of pipelines, settings.yaml, remarks, events (one JSON a line, `dropped`).
 * UPDATE_CASES=1 writes what comes out; look at it before it becomes what is expected.
 * `differences` says in words why the source's own reading gives something else, where it does: without it, both must agree.
 */
const admit = createAdmit();
const root = join(import.meta.dirname, 'cases');

for (const importer of readdirSync(root)) {
  describe(importer, () => {
    for (const name of readdirSync(join(root, importer))) {
      const folder = join(root, importer, name);
      test(name, () => {
        const { imported: raw, reading } = IMPORTERS[importer]!(folder);
        const imported = settle(raw);
        for (const pipeline of imported.pipelines)
          matches(pipelineText(pipeline), join(folder, `pipelines/${pipeline.name}.yaml`));
        const expected = existsSync(join(folder, 'pipelines')) ? readdirSync(join(folder, 'pipelines')) : [];
        expect(imported.pipelines.map(pipeline => `${pipeline.name}.yaml`).sort()).toEqual(expected.sort());
        matches(writeYaml(imported.settings), join(folder, 'settings.yaml'));
        const remarks = imported.remarks.map(
          ({ kind, where, what, hint }) => `${kind} ${where}: ${what}${hint === undefined ? '' : ` ${hint}`}\n`,
        );
        matches(remarks.join(''), join(folder, 'remarks'));
        const set = loadImported(importer === 'ingest' ? forTrial(imported.pipelines) : imported.pipelines);
        if (!existsSync(join(folder, 'lines'))) return;
        const lines = readFileSync(join(folder, 'lines'), 'utf8')
          .split('\n')
          .filter(line => line !== '');
        const events = lines.map(line => {
          const record = recordOf(line);
          const tag = typeof record['tag'] === 'string' ? record['tag'] : META.tag;
          const meta = { ...META, tag };
          return shown(set.run(admit(record, meta), meta));
        });
        matches(`${events.join('\n')}\n`, join(folder, 'events'));
        const differences = compareReadings(lines.map(recordOf), reading(), set, META);
        if (existsSync(join(folder, 'differences'))) expect(differences).not.toEqual([]);
        else expect(differences).toEqual([]);
      });
    }
  });
}

function shown(event: Fields | undefined): string {
  if (event === undefined) return 'dropped';
  const time = event['@timestamp'];
  return eventText(typeof time === 'number' ? { ...event, '@timestamp': isoTime(time) } : event);
}

function matches(text: string, path: string): void {
  if (process.env['UPDATE_CASES'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(text).toBe(readFileSync(path, 'utf8'));
}
