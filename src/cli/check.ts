import { parseArgs } from 'node:util';
import { checkAll } from '../app/check/check.ts';
import { parseRoles } from '../app/roles.ts';
import { configureLog } from '../core/log.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, clientFor } from './client.ts';
import type { Command } from './command.ts';
import { counted, shown } from './findings.ts';
import { painter } from './format.ts';

export const checkCommand: Command = {
  name: 'check',
  usage: `longshore check [options]

      --offline          look at files only
      --role ROLES       as for run: some of ingest,index,alert,web
${CLIENT_USAGE}

Prints what is wrong, where, and how to mend it. Redis and Elasticsearch of the configuration are asked what they are
and what they promise. If a longshore runs, it is asked which fields its events have.
Exit code 1 if there is a mistake; warnings alone give 0.`,

  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: { ...CLIENT_OPTIONS, offline: { type: 'boolean' }, role: { type: 'string' } },
    });
    // What the parts say in their logs is said here as findings.
    configureLog('silent');
    const findings = await checkAll({
      ...values,
      roles: parseRoles(values.role),
      env: io.env,
      running: settings => {
        const client = clientFor(values, io.env, settings);
        const signal = AbortSignal.timeout(5000);
        return {
          name: client.base,
          fieldNames: async () => {
            const response = await client.get('/api/fields', {}, { signal });
            return ((await response.json()) as { fields: string[] }).fields;
          },
        };
      },
    });
    const paint = painter(io);
    for (const severity of ['error', 'warning', 'ok'] as const) {
      for (const finding of findings) if (finding.severity === severity) io.stdout.write(shown(finding, paint));
    }
    const errors = findings.filter(finding => finding.severity === 'error').length;
    const warnings = findings.filter(finding => finding.severity === 'warning').length;
    io.stdout.write(`\n${counted(errors, 'error')}, ${counted(warnings, 'warning')}\n`);
    return errors > 0 ? 1 : 0;
  },
};
