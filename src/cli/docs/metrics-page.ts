import { registry } from '../../core/metrics.ts';
import { table } from './table.ts';

const INTRODUCTION = `# Metrics

\`GET /metrics\` in the text format of Prometheus; with \`workers\` or a store of its own process, values of the same name
and labels are added up. Beside these there are the usual \`process_*\` and \`nodejs_*\` metrics.
`;

/** \`docs/reference/metrics.md\`: every metric of the program by name. */
export async function metricsPage(): Promise<string> {
  // Each room registers its metrics when it is loaded.
  await import('../../app/service.ts');
  await import('../../workers/worker.ts');
  const metrics = (await registry.getMetricsAsArray()) as unknown as Metric[];
  const rows = metrics
    .filter(({ name }) => name.startsWith('longshore_'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, help, type, labelNames }) => [
      `\`${name}\``,
      type,
      labelNames.map(label => `\`${label}\``).join(', '),
      help,
    ]);
  return `${INTRODUCTION}\n${table(['Metric', 'Type', 'Labels', 'Meaning'], rows)}\n`;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}
