import { count, LONGEST_MS, type OptionsOf } from '../../base/options.ts';

const path = (fallback: string, description: string) =>
  ({ type: 'string', minLength: 1, default: fallback, description }) as const;

const SECRETS = '/var/run/secrets/kubernetes.io/serviceaccount';

export const kubernetesSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['node_name'],
  description:
    "What the Kubernetes API says of the pods of this node, for the lines that `inputs.files` reads in `/var/log/containers` and `/var/log/pods`: labels, owner, image, node. Needs a service account that may `list` and `watch` pods. Without the API lines go on with what the file's path says.",
  properties: {
    node_name: {
      type: 'string',
      minLength: 1,
      description:
        "Name of this node; only its pods are asked for. In a pod: `'${NODE_NAME}'`, with the variable from the field `spec.nodeName`.",
    },
    api_url: {
      ...path('https://kubernetes.default.svc', 'Address of the API.'),
    },
    token_file: path(
      `${SECRETS}/token`,
      'Token of the service account. Read anew for each request, for the kubelet replaces it.',
    ),
    ca_file: path(`${SECRETS}/ca.crt`, 'Certificates, PEM, of those who may vouch for the API.'),
    namespace_labels: {
      type: 'boolean',
      default: false,
      description:
        "Whether events get the labels of the pod's namespace as well, in `kubernetes.namespace_labels`. The service account must be allowed to `list` and `watch` namespaces.",
    },
    annotations: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      default: [],
      description: 'Globs of annotations of pods that events get, in `kubernetes.annotations`: `[example.com/*]`.',
    },
    obey_annotations: {
      type: 'boolean',
      default: true,
      description:
        'Whether a pod may say with `longshore.io/exclude: "true"` that its lines are left out, and with `longshore.io/pipeline: NAME` which pipeline reads them.',
    },
    wait_ms: count(
      0,
      LONGEST_MS,
      5000,
      "How long the lines of a pod wait that the API has not told of yet, in milliseconds. Then they go on with what the file's path says.",
    ),
  },
} as const;

export type KubernetesOptions = OptionsOf<typeof kubernetesSchema>;
