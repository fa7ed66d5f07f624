import { counter, gauge } from '../../core/metrics.ts';

export const known = gauge('longshore_kubernetes_known', 'Pods and namespaces that the Kubernetes API has told of.', [
  'what',
]);
export const errors = counter(
  'longshore_kubernetes_api_errors_total',
  'Requests to the Kubernetes API that failed, or whose answers were cut or no sense.',
  ['reason'],
);
export const lists = counter(
  'longshore_kubernetes_lists_total',
  'Times that all pods of the node, or all namespaces, were listed.',
  ['what'],
);
export const unknownLines = counter(
  'longshore_kubernetes_unknown_lines_total',
  'Lines of pods that the Kubernetes API has not told of: their events have what the path of the file says.',
);
export const excludedLines = counter(
  'longshore_kubernetes_excluded_lines_total',
  'Lines left out because their pod says so with `longshore.io/exclude`.',
);
