import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** An object of Kubernetes, as far as it matters here. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  // biome-ignore lint/suspicious/noExplicitAny: whatever its kind has.
  readonly [more: string]: any;
}
export type Labels = Readonly<Record<string, string>>;

/** The objects of a file; mistakes of YAML throw. */
export function objectsOf(text: string): KubeObject[] {
  return parseAllDocuments(text).flatMap(document => {
    if (document.errors.length > 0) throw document.errors[0];
    const object = document.toJS({ maxAliasCount: 100 }) as KubeObject | null;
    return object === null ? [] : [object];
  });
}

interface Kustomization {
  readonly resources?: string[];
  readonly components?: string[];
  readonly configMapGenerator?: { name: string; namespace?: string; files: string[] }[];
  readonly images?: { name: string; newName: string; newTag: string }[];
}

/** What `kubectl kustomize` makes of a folder, without the digests in names, for what our kustomizations use. */
export function kustomized(folder: string): KubeObject[] {
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
  const {
    resources = [],
    components = [],
    configMapGenerator = [],
    images = [],
  } = parse(read('kustomization.yaml')) as Kustomization;
  const objects = [...resources, ...components].flatMap(path =>
    path.endsWith('.yaml') ? objectsOf(read(path)) : kustomized(join(folder, path)),
  );
  for (const { name, namespace, files } of configMapGenerator)
    objects.push({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(namespace === undefined ? {} : { namespace }) } },
      data: Object.fromEntries(files.map(file => [file, read(file)])),
    });
  for (const { name, newName, newTag } of images)
    for (const { containers } of podsOf(objects))
      for (const container of containers)
        if (container.image.replace(/:.*/, '') === name) container.image = `${newName}:${newTag}`;
  return objects;
}

export interface Container {
  readonly name: string;
  image: string;
  readonly args?: string[];
  // biome-ignore lint/suspicious/noExplicitAny: as its objects.
  readonly [more: string]: any;
}

/** What runs. */
export interface PodSpec {
  readonly owner: KubeObject;
  readonly labels: Labels;
  readonly containers: Container[];
  // biome-ignore lint/suspicious/noExplicitAny: as its objects.
  readonly [more: string]: any;
}

export const podsOf = (objects: readonly KubeObject[]): PodSpec[] =>
  objects
    .filter(({ kind }) => kind === 'StatefulSet' || kind === 'DaemonSet')
    .map(owner => ({ owner, labels: owner['spec'].template.metadata.labels, ...owner['spec'].template.spec }));

export const selects = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([name, value]) => labels[name] === value);

const CLUSTER_WIDE = ['Namespace', 'ClusterRole', 'ClusterRoleBinding'];
/** Keys of the Secret, which the user or the chart makes. */
export const SECRET_KEYS = ['shared-key', 'token', 'slack-webhook-url'];

/** What does not fit together: references to what is not there, selectors that select nothing, ports that nobody has. */
export function misfits(objects: readonly KubeObject[], namespace: string): string[] {
  const wrong: string[] = [];
  const expectThat = (holds: boolean, what: string): void => {
    if (!holds) wrong.push(what);
  };
  const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  const has = (kind: string, name: string): boolean => names.includes(`${kind}/${name}`);
  for (const name of new Set(names)) expectThat(names.filter(one => one === name).length === 1, `twice: ${name}`);
  for (const { apiVersion, kind, metadata } of objects) {
    expectThat(typeof apiVersion === 'string' && typeof kind === 'string', `no kind: ${metadata?.name}`);
    const wanted = CLUSTER_WIDE.includes(kind) ? undefined : namespace;
    expectThat(metadata.namespace === wanted, `${kind}/${metadata.name}: namespace ${metadata.namespace}`);
  }
  const pods = podsOf(objects);
  const ofSelector = (where: string, selector: Labels): PodSpec[] => {
    const found = pods.filter(({ labels }) => selects(selector, labels));
    expectThat(found.length > 0, `${where} selects no pod`);
    return found;
  };
  const portNames = (pod: PodSpec): string[] =>
    pod.containers.flatMap(({ ['ports']: ports = [] }) => ports.map(({ name }: { name: string }) => name));
  for (const { kind, metadata, ...object } of objects) {
    const where = `${kind}/${metadata.name}`;
    if (kind === 'Service')
      for (const pod of ofSelector(where, object['spec'].selector))
        for (const { targetPort } of object['spec'].ports)
          expectThat(portNames(pod).includes(targetPort), `${where}: no port ${targetPort}`);
    if (kind === 'NetworkPolicy') {
      const found = ofSelector(where, object['spec'].podSelector.matchLabels);
      for (const { ports } of object['spec'].ingress)
        for (const { port } of ports)
          expectThat(
            found.every(pod => portNames(pod).includes(port)),
            `${where}: no port ${port}`,
          );
    }
    if (kind === 'PodDisruptionBudget' || kind === 'PodMonitor') ofSelector(where, object['spec'].selector.matchLabels);
    if (kind === 'ServiceMonitor')
      expectThat(
        objects.some(
          one => one.kind === 'Service' && selects(object['spec'].selector.matchLabels, one.metadata.labels ?? {}),
        ),
        `${where} selects no service`,
      );
    if (kind === 'ClusterRoleBinding') {
      expectThat(has('ClusterRole', object['roleRef'].name), `${where}: no role`);
      for (const { name } of object['subjects'])
        expectThat(has('ServiceAccount', name), `${where}: no account ${name}`);
    }
  }
  for (const pod of pods) {
    const where = `${pod.owner.kind}/${pod.owner.metadata.name}`;
    expectThat(selects(pod.owner['spec'].selector.matchLabels, pod.labels), `${where} does not select its own pods`);
    const { serviceName, volumeClaimTemplates = [] } = pod.owner['spec'];
    expectThat(serviceName === undefined || has('Service', serviceName), `${where}: no service ${serviceName}`);
    const account = pod['serviceAccountName'];
    expectThat(account === undefined || has('ServiceAccount', account), `${where}: no account ${account}`);
    const volumes: { name: string; configMap?: { name: string; optional?: boolean } }[] = pod['volumes'];
    for (const { configMap } of volumes)
      expectThat(
        configMap === undefined || configMap.optional === true || has('ConfigMap', configMap.name),
        `${where}: no ConfigMap ${configMap?.name}`,
      );
    const all = [...volumes, ...volumeClaimTemplates.map((one: KubeObject) => one.metadata)].map(({ name }) => name);
    for (const container of pod.containers) {
      const mounted = container['volumeMounts'].map(({ name }: { name: string }) => name);
      expectThat(
        String([...mounted].sort()) === String([...all].sort()),
        `${where}: mounts ${mounted}, volumes ${all}`,
      );
      const ports: { name: string }[] = container['ports'];
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
        expectThat(
          container[probe] === undefined || ports.some(({ name }) => name === container[probe].httpGet.port),
          `${where}: no port of ${probe}`,
        );
      for (const { name, valueFrom } of container['env']) {
        const { secretKeyRef, fieldRef } = valueFrom;
        expectThat(fieldRef !== undefined || SECRET_KEYS.includes(secretKeyRef.key), `${where}: ${name}`);
      }
    }
  }
  return wrong;
}
