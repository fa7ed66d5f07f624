import type { RuleView } from '../../../../core/api/alerts.ts';
import type { Shared } from '../view.tsx';

/** Where a rule is written and tried. */
export function Workshop({ rule }: { rule: RuleView | undefined; shared: Shared }) {
  return <p>{rule?.name}</p>;
}
