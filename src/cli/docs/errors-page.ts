import { ERROR_CODES } from '../../core/codes.ts';
import { table } from './table.ts';

const INTRODUCTION = `# Error codes

Every error ends in a code: \`pipelines/nginx.yaml:12: pattern %{IPP} is not defined. Did you mean %{IP}? (LS_GROK_UNKNOWN_PATTERN)\`.
In JSON it is \`error.code\`. Codes do not change; sentences may. *Retry* means that the same can succeed later: Longshore
tries again by itself, and over HTTP the status is 503 with \`Retry-After\`.
`;

/** What an area of the codes is about, by the word behind \`LS_\`. */
const AREAS: { readonly [area: string]: string } = {
  ALERTS: 'Alert rules',
  BACKTEST: 'Backtests of rules',
  BACKUP: 'Back-up',
  CLI: 'Command line',
  CONDITION: 'Conditions',
  CONFIG: 'Configuration',
  DATA: 'The folder `data_dir`',
  DATE: 'Dates in pipelines',
  DISSECT: 'Dissect',
  FILES: 'Files of pipelines and rules over HTTP',
  FORWARD: 'The forward protocol',
  GROK: 'Grok',
  IMPORT: 'Import',
  INPUTS: 'HTTP and TCP inputs',
  INTAKE: 'Intake',
  LETTERS: 'Dead-letter queue',
  MIGRATE: 'Migration',
  PARSE: 'Regular expressions',
  PIPELINE: 'Pipelines',
  QUERY: 'Queries',
  REDIS: 'Redis',
  SCHEMA: 'Event schema',
  SCRIPT: 'Scripts in pipelines',
  SEARCH: 'Searches',
  SPOOL: 'Spool',
  STORE: 'Stores',
  TRIAL: 'Trying lines and pipelines',
  WEB: 'HTTP API and page',
  WORKERS: 'Workers',
};

/** `docs/reference/errors.md`: a table for each area. */
export function errorsPage(): string {
  const codes = Object.entries(ERROR_CODES);
  const sections = Object.entries(AREAS).map(([area, title]) => {
    const rows = codes
      .filter(([code]) => code.split('_')[1] === area)
      .map(([code, entry]) => [`\`${code}\``, entry.meaning, entry.mend, 'retry' in entry ? 'yes' : '']);
    return `## ${title}\n\n${table(['Code', 'Meaning', 'How to mend it', 'Retry'], rows)}\n`;
  });
  return [INTRODUCTION, ...sections].join('\n');
}
