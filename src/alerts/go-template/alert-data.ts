import type { AlertData, GroupData } from '../routing/group-data.ts';
import { GoTemplateError } from './errors.ts';
import { argumentCount, GoMap, GoSlice, GoStruct, GoTime, type Methods, textArgument, type Value } from './values.ts';

/** A group as templates see it. */
export function templateData({
  receiver,
  status,
  alerts,
  groupLabels,
  commonLabels,
  commonAnnotations,
  externalURL,
  links,
}: GroupData): GoStruct {
  return new GoStruct('*template.Data', {
    Receiver: receiver,
    Status: status,
    Alerts: alertList(alerts.map(alertStruct)),
    GroupLabels: pairs(groupLabels),
    CommonLabels: pairs(commonLabels),
    CommonAnnotations: pairs(commonAnnotations),
    ExternalURL: externalURL,
    Links: pairs(Object.fromEntries(Object.entries(links ?? {}).filter(isText))),
  });
}

/** `{{ .Links.search }}`, `rule` and `silence`: Longshore's own. */
const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string';

function alertStruct({
  status,
  labels,
  annotations,
  startsAt,
  endsAt,
  generatorURL,
  fingerprint,
}: AlertData): GoStruct {
  return new GoStruct('template.Alert', {
    Status: status,
    Labels: pairs(labels),
    Annotations: pairs(annotations),
    StartsAt: timeOf(startsAt),
    EndsAt: timeOf(endsAt),
    GeneratorURL: generatorURL,
    Fingerprint: fingerprint,
  });
}

function timeOf(text: string): GoTime {
  const isNone = text.startsWith('0001-01-01');
  return new GoTime(isNone ? undefined : Date.parse(text), /\.(\d{1,9})/.exec(text)?.[1] ?? '');
}

function alertList(alerts: readonly Value[]): GoSlice {
  const ofStatus = (status: string) => (): GoSlice =>
    alertList(alerts.filter(alert => alert instanceof GoStruct && alert.fields['Status'] === status));
  return new GoSlice(alerts, 'template.Alerts', { Firing: ofStatus('firing'), Resolved: ofStatus('resolved') });
}

function pairs(texts: Readonly<Record<string, string>>): GoMap {
  return new GoMap(() => new Map(Object.entries(texts)), methodsOf);
}

function methodsOf(entries: ReadonlyMap<string, string>): Methods {
  return {
    SortedPairs: () => sortedPairs(entries),
    Remove: (...args) => {
      argumentCount(args, 1, 1, 'Remove');
      const [names] = args;
      if (!(names instanceof GoSlice)) throw new GoTemplateError('Remove: wrong type of argument: []string wanted');
      const removed = new Set(names.items.map(name => textArgument(name, 'Remove')));
      return new GoMap(() => new Map([...entries].filter(([name]) => !removed.has(name))), methodsOf);
    },
    Names: () => new GoSlice(sorted(entries).map(([name]) => name)),
    Values: () => new GoSlice(sorted(entries).map(([, value]) => value)),
  };
}

function sortedPairs(entries: ReadonlyMap<string, string>): GoSlice {
  const list = sorted(entries);
  return new GoSlice(
    list.map(([Name, Value]) => new GoStruct('template.Pair', { Name, Value })),
    'template.Pairs',
    { Names: () => new GoSlice(list.map(([name]) => name)), Values: () => new GoSlice(list.map(([, value]) => value)) },
  );
}

/** By name; the alert's name first. */
function sorted(entries: ReadonlyMap<string, string>): [string, string][] {
  const rank = (name: string): number => (name === 'alertname' ? 0 : 1);
  return [...entries].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
