import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { FilesInputOptions } from '../files/options.ts';
import type { KubernetesOptions } from './options.ts';

export interface KubernetesFinding {
  readonly severity: 'warning' | 'ok';
  /** Path of the setting. */
  readonly where: string;
  readonly what: string;
  readonly fix?: string;
}

/** What `check` says of `inputs.kubernetes`, without asking the API. */
export async function kubernetesFindings(
  options: KubernetesOptions | false,
  files: readonly FilesInputOptions[],
): Promise<KubernetesFinding[]> {
  if (options === false) return [];
  const findings: KubernetesFinding[] = [];
  if (!files.some(({ paths }) => paths.some(path => /\/(?:containers|pods)\//.test(path))))
    findings.push({
      ...{ severity: 'warning', where: 'inputs.kubernetes', what: 'no entry of inputs.files reads the logs of pods.' },
      fix: 'Add one with paths: [/var/log/containers/*.log].',
    });
  const needed = options.api_url.startsWith('https:')
    ? (['token_file', 'ca_file'] as const)
    : (['token_file'] as const);
  for (const name of needed) {
    const isThere = await access(options[name], constants.R_OK).then(
      () => true,
      () => false,
    );
    if (isThere) continue;
    findings.push({
      ...{
        severity: 'warning',
        where: `inputs.kubernetes.${name}`,
        what: `${options[name]} cannot be read: pods stay unknown.`,
      },
      fix: 'In a pod: a service account, with automountServiceAccountToken. Elsewhere: name the file.',
    });
  }
  if (findings.length === 0)
    findings.push({ severity: 'ok', where: 'inputs.kubernetes', what: `pods of ${options.node_name} are asked for` });
  return findings;
}
