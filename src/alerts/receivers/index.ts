import type { IntegrationConfig } from '../routing/config/read-receivers.ts';
import type { Integration, MakeIntegration, Surroundings } from './integration.ts';
import { webhook } from './webhook.ts';

const KINDS: Readonly<Record<string, MakeIntegration>> = { webhook };

/** Undefined for a kind that is not built. */
export function makeIntegration(config: IntegrationConfig, around: Surroundings): Integration | undefined {
  return KINDS[config.kind]?.(config, around);
}
