import { count, type OptionsOf, text } from '../base/options.ts';

/** `dora` of the configuration: which events are deployments, and which alerts are incidents. */
export const doraSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    deployments: {
      ...text(
        'Query for the events that are deployments, as in the search. `longshore deploy mark` makes such events.',
      ),
      default: 'event.kind:deploy',
    },
    failed: { ...text('Query for those of them that did not come through.'), default: 'event.outcome:failure' },
    rollbacks: {
      ...text('Query for those of them that take the deployment before back: that one counts as failed.'),
      default: 'deploy.rollback:true',
    },
    commit_time_field: {
      ...text('Field with the time at which the change was committed, for the lead time.'),
      default: 'deploy.commit_time',
    },
    incidents: {
      ...text('Matchers for the labels of alerts that are incidents, as silences have them.'),
      default: 'severity="critical"',
    },
    failure_window_minutes: count(
      1,
      100_000,
      60,
      'An incident of a service that begins so soon after a deployment of it makes that a failure.',
    ),
    days: count(1, 366, 30, 'The longshore_dora_ metrics tell of the last days.'),
    max_services: count(1, 10_000, 100, 'Services that the metrics tell apart; the figures of others are in `other`.'),
  },
} as const;

export type DoraOptions = OptionsOf<typeof doraSchema>;
