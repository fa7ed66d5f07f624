import { parseArgs } from 'node:util';
import type { DeployMark } from '../core/api/dora.ts';
import { LongshoreError } from '../core/errors.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, clientFor } from './client.ts';
import type { Command } from './command.ts';
import { printable } from './format.ts';

export const deployCommand: Command = {
  name: 'deploy',
  usage: `longshore deploy mark --service NAME

      --version TEXT     what was deployed
      --environment NAME production, staging, ...
      --commit TEXT      of the change, as the repository names it
      --commit-time T    when it was committed: 2026-11-20T14:03:00Z, for the lead time
      --at TIME          when it was deployed (default: now)
      --failed           it did not come through
      --rollback         it takes the one before back, which counts as failed
${CLIENT_USAGE}

A mark is an event like any other (event.kind:deploy): it can be searched, and rules can count it. It needs a token with the
scope ingest, if there are tokens.`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...CLIENT_OPTIONS,
        service: { type: 'string' },
        version: { type: 'string' },
        environment: { type: 'string' },
        commit: { type: 'string' },
        'commit-time': { type: 'string' },
        at: { type: 'string' },
        failed: { type: 'boolean' },
        rollback: { type: 'boolean' },
      },
      allowPositionals: true,
    });
    const [action, ...rest] = positionals;
    if (action !== 'mark' || rest.length > 0)
      throw new LongshoreError('LS_CLI_DEPLOY', `there is no 'deploy ${printable(positionals.join(' '))}'.`, {
        fix: 'Write longshore deploy mark --service NAME.',
      });
    const { service, version, environment, commit, at: time, failed, rollback } = values;
    if (service === undefined)
      throw new LongshoreError('LS_CLI_DEPLOY', 'a deployment is one of a service.', { fix: 'Add --service NAME.' });
    const mark: DeployMark = {
      ...{ service, version, environment, commit, commit_time: values['commit-time'], time, failed, rollback },
    };
    await clientFor(values, io.env).ingest('/api/deploys', mark);
    const what = rollback === true ? 'a rollback' : failed === true ? 'a failed deployment' : 'a deployment';
    io.stdout.write(`marked ${what} of ${printable(service)}\n`);
    return 0;
  },
};
