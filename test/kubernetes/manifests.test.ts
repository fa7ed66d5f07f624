import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkAll } from '../../src/app/check/check.ts';
import { isExcluded } from '../../src/inputs/files/find.ts';
import { command } from '../support/command.ts';
import { CHART, chartDigest } from './chart.ts';
import { type KubeObject, kustomized, misfits, objectsOf, podsOf, SECRET_KEYS } from './objects.ts';

/*
 * The manifests of docker/kubernetes and what Helm makes of docker/helm/longshore: whether all of it fits together, with the image and
 * with the settings. kubectl and helm are asked where they are there; what helm made is recorded beside.
 */

const ROOT = 'docker/kubernetes';
const folder = mkdtempSync(join(tmpdir(), 'longshore-manifests-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Each file of `helm/`: the values, and below them what helm has made of them. */
const recorded = globSync('test/kubernetes/helm/*.yaml').sort();
const HEAD = /^# values: (.*)\n# chart: (\w+)\n/;

const everything = (overlay: string): KubeObject[] => [
  ...kustomized(join(ROOT, 'overlays', overlay)),
  ...['network-policy', 'prometheus'].flatMap(name => kustomized(join(ROOT, 'components', name))),
];
const agents = everything('agent');
const fluentBit = everything('fluent-bit').filter(({ kind }) => kind !== 'PodMonitor');
const sets: [name: string, namespace: string, objects: KubeObject[]][] = [
  ['agents', 'longshore', agents],
  ['Fluent Bit', 'longshore', fluentBit],
  ...recorded.map((path): (typeof sets)[number] => [path, 'logs', objectsOf(readFileSync(path, 'utf8'))]),
];

describe.each(sets)('%s', (_, namespace, objects) => {
  const configOf = (name: string): string | undefined =>
    objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)?.['data']['longshore.yaml'];
  const pods = podsOf(objects);
  const ours = pods.flatMap(pod =>
    pod.containers
      .filter(({ name }) => name === 'longshore')
      .map(container => {
        const { configMap } = pod['volumes'].find(({ name }: { name: string }) => name === 'config');
        return { pod, container, text: configOf(configMap.name)! };
      }),
  );

  test('everything fits together', () => {
    expect(misfits(objects, namespace)).toEqual([]);
  });

  test('check finds no mistake in the settings', async () => {
    expect(ours.length).toBeGreaterThan(0);
    for (const [i, { container, text }] of ours.entries()) {
      const path = join(folder, `${i}.yaml`);
      writeFileSync(path, text);
      const env = Object.fromEntries(container['env'].map(({ name }: { name: string }) => [name, 'value-of-a-secret']));
      const findings = await checkAll({ config: path, set: ['pipelines=[]', 'rules=[]'], offline: true, env });
      expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
      // Each variable that the settings name is in the container.
      for (const [, name] of text.matchAll(/\$\{(\w+)\}/g)) expect(Object.keys(env)).toContain(name);
    }
  });

  test('ports, folders and addresses are those of the settings', () => {
    const services = objects.filter(({ kind }) => kind === 'Service');
    for (const { pod, container, text } of ours) {
      const settings = parse(text);
      const listened = [settings.http.address, settings.inputs.forward?.address].flatMap(address =>
        address === undefined ? [] : [Number(address.split(':').at(-1))],
      );
      const ports = container['ports'].map(({ containerPort }: { containerPort: number }) => containerPort);
      expect(ports.sort()).toEqual(listened.sort());
      const mounts: { mountPath: string; readOnly?: boolean }[] = container['volumeMounts'];
      const isMounted = (path: string, isWritten: boolean): boolean =>
        mounts.some(({ mountPath, readOnly = false }) => path.startsWith(mountPath) && readOnly !== isWritten);
      expect(isMounted(settings.data_dir, true)).toBe(true);
      expect(container.args).toEqual(['run', '--config', '/etc/longshore/longshore.yaml']);
      expect(isMounted('/etc/longshore/longshore.yaml', false)).toBe(true);
      for (const glob of [settings.pipelines, settings.rules].flat())
        expect(!glob.startsWith('/') || isMounted(glob, false), glob).toBe(true);
      for (const { paths, exclude } of settings.inputs.files ?? []) {
        for (const path of paths) expect(isMounted(path, false), path).toBe(true);
        // Its own log, and nobody else's.
        const own = `/var/log/containers/${pod.owner.metadata.name}-x2x4z_${namespace}_longshore-${'0'.repeat(64)}.log`;
        expect(exclude.some((glob: string) => isExcluded(own, glob))).toBe(true);
        expect(exclude.some((glob: string) => isExcluded(own.replace(`_${namespace}_`, '_shop_'), glob))).toBe(false);
      }
      for (const { address } of settings.store.targets ?? []) {
        const [host, port] = address.split(':');
        const service = services.find(({ metadata }) => metadata.name === host);
        expect(service?.['spec'].ports).toContainEqual(expect.objectContaining({ port: Number(port) }));
      }
    }
    const outside = objects.find(({ kind, data }) => kind === 'ConfigMap' && data['fluent-bit.yaml'] !== undefined);
    if (outside === undefined) return;
    const { service, pipeline } = parse(outside['data']['fluent-bit.yaml']);
    const [{ host, port, ...output }] = pipeline.outputs;
    const target = services.find(({ metadata }) => metadata.name === host);
    expect(target?.['spec'].ports).toContainEqual(expect.objectContaining({ port }));
    expect(output).toMatchObject({ name: 'forward', require_ack_response: true, retry_limit: 'no_limits' });
    const [pod] = pods.filter(({ containers }) => containers[0]!.name === 'fluent-bit');
    expect(pod!.containers[0]!['ports']).toEqual([{ name: 'http', containerPort: service.http_port }]);
    expect(service['storage.path'].startsWith(pod!.containers[0]!['volumeMounts'][2].mountPath)).toBe(true);
  });

  test('nothing may do more than it has to', () => {
    for (const { owner, containers, securityContext, terminationGracePeriodSeconds = 30, volumes } of pods) {
      const isCentral = owner.kind === 'StatefulSet';
      // That of the image, or root to read what root alone may read.
      expect(securityContext).toMatchObject(isCentral ? { runAsNonRoot: true, runAsUser: 1000 } : { runAsUser: 0 });
      expect(securityContext.seccompProfile).toEqual({ type: 'RuntimeDefault' });
      expect(terminationGracePeriodSeconds).toBeGreaterThan(10);
      for (const container of containers) {
        expect(container['securityContext']).toEqual({
          ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        });
        expect(container['resources']).toMatchObject({
          requests: { cpu: expect.anything() },
          limits: { memory: expect.anything() },
        });
        for (const { name, hostPath } of volumes as { name: string; hostPath?: object }[]) {
          if (hostPath === undefined || name === 'data') continue;
          expect(container['volumeMounts']).toContainEqual(expect.objectContaining({ name, readOnly: true }));
        }
      }
      if (!isCentral) expect(owner['spec'].template.spec.tolerations).toEqual([{ operator: 'Exists' }]);
    }
    for (const { rules } of objects.filter(({ kind }) => kind === 'ClusterRole'))
      expect(rules).toEqual([{ apiGroups: [''], resources: ['pods', 'namespaces'], verbs: ['get', 'list', 'watch'] }]);
  });

  test('the image is that of this version, and its user is the one that is named', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    for (const { container } of ours) expect(container.image).toBe(`longshore:${version}`);
    expect(readFileSync('docker/Dockerfile', 'utf8')).toMatch(/^USER node$/m);
    expect(parse(readFileSync(`${CHART}/Chart.yaml`, 'utf8'))).toMatchObject({ version, appVersion: version });
  });
});

describe('what is recorded', () => {
  test.each(recorded)('%s is of the chart as it is now', path => {
    // Anew: node test/kubernetes/record.ts, with helm in the PATH.
    expect(HEAD.exec(readFileSync(path, 'utf8'))?.[2]).toBe(chartDigest());
  });

  test('Fluent Bit is told the same by both', () => {
    const chart = readFileSync(`${CHART}/files/fluent-bit.yaml`, 'utf8');
    const told = chart
      .replaceAll('{{ include "longshore.fullname" . }}-fluent-bit', 'fluent-bit')
      .replaceAll('{{ include "longshore.fullname" . }}', 'longshore')
      .replaceAll('{{ .Release.Namespace }}', 'longshore');
    expect(told).toBe(readFileSync(`${ROOT}/base/fluent-bit/fluent-bit.yaml`, 'utf8'));
  });

  test('the Secret of the chart has the keys', () => {
    const secrets = sets.flatMap(([, , objects]) => objects.filter(({ kind }) => kind === 'Secret'));
    expect(secrets.length).toBeGreaterThan(0);
    for (const { data } of secrets) expect(SECRET_KEYS).toEqual(expect.arrayContaining(Object.keys(data)));
  });
});

const isThere = async (program: string): Promise<boolean> =>
  (await command(program, ['version', '--client'])).code === 0;
const kubectl = await isThere('kubectl');

test.runIf(kubectl).each(['agent', 'fluent-bit'])('kubectl kustomize makes the same of %s', async overlay => {
  const { code, out, err } = await command('kubectl', ['kustomize', join(ROOT, 'overlays', overlay)]);
  expect(code, err).toBe(0);
  const digests = objectsOf(out).filter(({ kind }) => kind === 'ConfigMap');
  let text = out;
  for (const { metadata } of digests)
    text = text.replaceAll(metadata.name, metadata.name.replace(/-[a-z0-9]{10}$/, ''));
  const byName = (objects: KubeObject[]) =>
    Object.fromEntries(objects.map(one => [`${one.kind}/${one.metadata.name}`, one]));
  expect(byName(objectsOf(text))).toEqual(byName(kustomized(join(ROOT, 'overlays', overlay))));
});
