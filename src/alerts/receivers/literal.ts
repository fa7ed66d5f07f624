import type { GroupData } from '../routing/group-data.ts';
import type { Marks } from '../text/marks.ts';

/** The annotation that is a line of a log: whoever can write a line must not be able to call everybody. */
const OF_EVENTS = ['message'];

/**
 * The group with what may come out of events shown literally by a channel: values of labels, the line of the event, and all
 * annotations of rules of our own, which are filled from events. Those of Prometheus are what the author of a rule wrote, who
 * may have meant the markup in them.
 */
export function literalData(group: GroupData, marks: Marks): GroupData {
  const labels = (all: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(all).map(([name, value]) => [name, marks.escapedText(value)]));
  const annotations = (all: Readonly<Record<string, string>>, isOwn: boolean): Record<string, string> =>
    Object.fromEntries(
      Object.entries(all).map(([name, value]) => [
        name,
        isOwn || OF_EVENTS.includes(name) ? marks.escapedText(value) : value,
      ]),
    );
  const isOwn = (generatorUrl: string): boolean => generatorUrl.startsWith(`${group.externalURL}/#`);
  return {
    ...group,
    alerts: group.alerts.map(alert => ({
      ...alert,
      labels: labels(alert.labels),
      annotations: annotations(alert.annotations, isOwn(alert.generatorURL)),
    })),
    groupLabels: labels(group.groupLabels),
    commonLabels: labels(group.commonLabels),
    commonAnnotations: annotations(
      group.commonAnnotations,
      group.alerts.some(alert => isOwn(alert.generatorURL)),
    ),
  };
}
