import { Dora } from '../dora/dora.ts';
import { DoraMetrics } from '../dora/metrics.ts';
import type { Process, ProcessSpec } from './process-parts.ts';

/** The four keys of DORA, where searches are answered. */
export function addDoraParts(parts: Process, { settings, roles }: ProcessSpec): void {
  if (!roles.has('web') || settings.store.type === 'forward') return;
  const needs = ['searcher', 'offers', 'hits', 'evaluator', 'evaluatorView'] as const;
  parts.add('dora', needs, ({ searcher, offers, hits, evaluator, evaluatorView }) => {
    const source = evaluator ?? hits?.engine ?? evaluatorView;
    if (searcher === undefined || source === undefined) return { value: undefined };
    const dora = new Dora({
      searcher,
      instances: async () => source.instances(),
      options: settings.dora,
      now: Date.now,
    });
    const figures: Dora['figures'] = async (days, service) => {
      await offers.done;
      return dora.figures(days, service);
    };
    return { value: { figures: { figures }, metrics: new DoraMetrics(dora, settings.dora) } };
  });
}
