/*
 * node test/kubernetes/record.ts: what helm makes of docker/helm/longshore, for manifests.test.ts. Wants helm 3 in the PATH
 * (go install helm.sh/helm/v3/cmd/helm@v3.16.4).
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { CHART, chartDigest } from './chart.ts';

const SECRETS = ['secret.sharedKey=a-shared-key', 'secret.token=a-token-of-a-test'];
const CASES: Record<string, readonly string[]> = {
  agent: SECRETS,
  'fluent-bit': ['collector=fluent-bit', ...SECRETS],
  all: [
    ...[
      'secret.existing=mine',
      'networkPolicy.enabled=true',
      'prometheus.enabled=true',
      'agent.seLinuxOptions.type=spc_t',
    ],
    ...['central.storage.className=fast', 'imagePullSecrets[0].name=registry', 'central.nodeSelector.disk=ssd'],
    ...['pipelines.shop\\.yaml=match: { service: shop }', 'rules.shop\\.yaml=name: shop'],
  ],
};

for (const [name, values] of Object.entries(CASES)) {
  const args = values.flatMap(value => ['--set', value]);
  const made = execFileSync('helm', ['template', 'longshore', CHART, '--namespace', 'logs', ...args], {
    encoding: 'utf8',
  });
  writeFileSync(
    `test/kubernetes/helm/${name}.yaml`,
    `# values: ${values.join(' ')}\n# chart: ${chartDigest()}\n${made}`,
  );
}
