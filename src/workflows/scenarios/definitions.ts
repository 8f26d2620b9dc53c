import type { ScenarioDefinition } from '../../contract/scenario.ts';
import { scenarios } from './index.ts';

/** What every scenario says of itself, as plain data: activities, which import no workflows, are handed it. */
export const definitions: Record<string, ScenarioDefinition> = Object.fromEntries(
  Object.entries(scenarios).map(([name, { definition }]) => [name, definition]),
);
