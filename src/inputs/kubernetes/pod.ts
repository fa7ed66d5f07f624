import { matchesGlob } from 'node:path';
import { type Fields, isFields, newFields } from '../../core/event.ts';

/*
 * What an event gets of its pod, as Fluent Bit's filter `kubernetes` spells it; the owner as OpenTelemetry's names come in here.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */

/** What is kept of a pod. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** What the kubelet calls a static pod in paths, instead of by its uid. */
  readonly configHash: string | undefined;
  readonly labels: Fields | undefined;
  /** Those that events get. */
  readonly annotations: Fields | undefined;
  /** `deployment_name`, `replicaset_name`, `daemonset_name`, ... */
  readonly owners: Fields;
  /** Image by the name of the container. */
  readonly images: ReadonlyMap<string, string>;
  /** Ids of its containers, those of the last restart among them, without the engine's name. */
  readonly containerIds: ReadonlySet<string>;
  /** Values of the annotations `longshore.io/exclude...` and `longshore.io/pipeline...`, by what is behind the slash. */
  readonly orders: ReadonlyMap<string, string>;
}

export interface PodRules {
  /** Globs of annotations that events get. */
  readonly annotations: readonly string[];
  readonly obeyAnnotations: boolean;
}

const ORDERS = 'longshore.io/';
/** What anybody may write into a pod is bounded by us as well. */
const MAX_ENTRIES = 64;
const MAX_VALUE_CHARS = 1024;
const MAX_NAME_CHARS = 320;
const MAX_CONTAINERS = 64;

/** Undefined: it is no pod that has a name. */
export function podOf(object: unknown, { annotations, obeyAnnotations }: PodRules): Pod | undefined {
  const { metadata, spec, status } = partsOf(object);
  const { namespace, name, uid } = metadata;
  if (!isName(namespace) || !isName(name)) return undefined;
  const given = metadata['annotations'];
  const orders = new Map<string, string>();
  for (const [key, value] of obeyAnnotations ? texts(given, key => key.startsWith(ORDERS)) : [])
    orders.set(key.slice(ORDERS.length), value);
  const labels = texts(metadata['labels']);
  const wanted =
    annotations.length === 0 ? [] : texts(given, key => annotations.some(glob => matchesAnnotation(key, glob)));
  const hash = isFields(given) ? given['kubernetes.io/config.hash'] : undefined;
  return {
    ...{ namespace, name, uid: isName(uid) ? uid : '' },
    configHash: isName(hash) ? hash : undefined,
    labels: labels.length === 0 ? undefined : fieldsOf(labels),
    annotations: wanted.length === 0 ? undefined : fieldsOf(wanted),
    owners: ownersOf(metadata),
    images: imagesOf(spec),
    containerIds: idsOf(status),
    orders,
  };
}

/** `kubernetes` of the events of one container: an object of its own each time. */
export function kubernetesOf(
  pod: Pod,
  { container, id, node }: { readonly container: string; readonly id: string | undefined; readonly node: string },
  namespaceLabels: Fields | undefined,
): Fields {
  const kubernetes = newFields();
  kubernetes['pod_name'] = pod.name;
  kubernetes['namespace_name'] = pod.namespace;
  if (pod.uid !== '') kubernetes['pod_id'] = pod.uid;
  kubernetes['host'] = node;
  kubernetes['container_name'] = container;
  if (id !== undefined) kubernetes['docker_id'] = id;
  const image = pod.images.get(container);
  if (image !== undefined) kubernetes['container_image'] = image;
  Object.assign(kubernetes, pod.owners);
  if (pod.labels !== undefined) kubernetes['labels'] = copyOf(pod.labels);
  const pipeline = orderOf(pod, 'pipeline', container);
  if (pod.annotations !== undefined || pipeline !== undefined) {
    const annotations = copyOf(pod.annotations ?? {});
    if (pipeline !== undefined) annotations[`${ORDERS}pipeline`] = pipeline;
    kubernetes['annotations'] = annotations;
  }
  if (namespaceLabels !== undefined) kubernetes['namespace_labels'] = copyOf(namespaceLabels);
  return kubernetes;
}

/** Whether the pod wants no line of this container. */
export const isExcluded = (pod: Pod, container: string): boolean => orderOf(pod, 'exclude', container) === 'true';

/** Of one container, `longshore.io/exclude-sidecar`, before that of the pod. */
const orderOf = ({ orders }: Pod, what: string, container: string): string | undefined =>
  orders.get(`${what}-${container}`) ?? orders.get(what);

/** Labels of a namespace, and its name; undefined: it is none. */
export function namespaceOf(
  object: unknown,
): { readonly name: string; readonly labels: Fields | undefined } | undefined {
  const { metadata } = partsOf(object);
  const { name } = metadata;
  if (!isName(name)) return undefined;
  const labels = texts(metadata['labels']);
  return { name, labels: labels.length === 0 ? undefined : fieldsOf(labels) };
}

/** Who made the pod, and who made that one, as far as names tell: the API is not asked for each of them. */
function ownersOf(metadata: Fields): Fields {
  const owners = newFields();
  const references = metadata['ownerReferences'];
  const all: unknown[] = Array.isArray(references) ? references.slice(0, MAX_ENTRIES) : [];
  const owner = all.find(one => isFields(one) && one['controller'] === true) ?? all[0];
  if (!isFields(owner)) return owners;
  const { kind, name } = owner;
  if (!isName(kind) || !isName(name) || !/^[A-Za-z]+$/.test(kind)) return owners;
  owners[`${kind.toLowerCase()}_name`] = name;
  const labels = metadata['labels'];
  const hash = isFields(labels) ? labels['pod-template-hash'] : undefined;
  if (kind === 'ReplicaSet' && isName(hash) && name.endsWith(`-${hash}`))
    owners['deployment_name'] = name.slice(0, -hash.length - 1);
  // The minute for which it was made, since 1970.
  const cron = kind === 'Job' ? /^(.+)-\d{8,10}$/.exec(name) : null;
  if (cron !== null) owners['cronjob_name'] = cron[1];
  return owners;
}

function imagesOf(spec: Fields): Map<string, string> {
  const images = new Map<string, string>();
  for (const list of ['containers', 'initContainers', 'ephemeralContainers'])
    for (const one of some(spec[list])) {
      const { name, image } = one;
      if (isName(name) && typeof image === 'string' && image !== '' && image.length <= MAX_VALUE_CHARS)
        images.set(name, image.toWellFormed());
    }
  return images;
}

function idsOf(status: Fields): Set<string> {
  const ids = new Set<string>();
  for (const list of ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'])
    for (const one of some(status[list])) {
      const { terminated } = isFields(one['lastState']) ? one['lastState'] : {};
      for (const id of [one['containerID'], isFields(terminated) ? terminated['containerID'] : undefined])
        if (typeof id === 'string' && id.length <= MAX_NAME_CHARS) ids.add(id.replace(/^[a-z-]+:\/\//, ''));
    }
  return ids;
}

const some = (list: unknown): Fields[] =>
  Array.isArray(list) ? list.slice(0, MAX_CONTAINERS).filter(one => isFields(one)) : [];

function partsOf(object: unknown): { metadata: Fields; spec: Fields; status: Fields } {
  const { metadata, spec, status } = isFields(object) ? object : {};
  const part = (value: unknown): Fields => (isFields(value) ? value : {});
  return { metadata: part(metadata), spec: part(spec), status: part(status) };
}

function texts(map: unknown, isWanted: (key: string) => boolean = () => true): [string, string][] {
  if (!isFields(map)) return [];
  const found: [string, string][] = [];
  for (const key of Object.keys(map)) {
    const value = map[key];
    if (typeof value !== 'string' || key.length > MAX_NAME_CHARS || !isWanted(key)) continue;
    if (found.push([key.toWellFormed(), value.slice(0, MAX_VALUE_CHARS).toWellFormed()]) === MAX_ENTRIES) break;
  }
  return found;
}

const copyOf = (fields: Fields): Fields => Object.assign(newFields(), fields);

const fieldsOf = (entries: readonly [string, string][]): Fields => {
  const fields = newFields();
  for (const [key, value] of entries) fields[key] = value;
  return fields;
};

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_NAME_CHARS;

/** `*` stands for anything within a part between slashes, and alone for every annotation. */
const matchesAnnotation = (key: string, glob: string): boolean => glob === '*' || matchesGlob(key, glob);
