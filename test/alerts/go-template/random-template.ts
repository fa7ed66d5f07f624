import { seeded } from '../../support/chance.ts';

/** Templates from a grammar; the same seed gives the same. Most of them can be filled. */
export function randomTemplate(seed: number): string {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const maybe = (chance: number, text: () => string): string => (random() < chance ? text() : '');
  let names = 0;

  const text = (depth: number): string =>
    pick<() => string>([
      () => pick(['"a"', '"Hello World"', '"x:y"', '`r"w`', '""', '"é<&>"', '"a.b.c"']),
      () =>
        pick([
          '.Status',
          '.Receiver',
          '.ExternalURL',
          '.CommonLabels.job',
          '.CommonLabels.none',
          '.CommonAnnotations.summary',
          '$.Status',
        ]),
      () =>
        depth > 3 ? '"deep"' : `(${pick(['toUpper', 'toLower', 'title', 'html', 'urlquery'])} ${text(depth + 1)})`,
      () =>
        depth > 3 ? '"deep"' : `(printf ${pick(['"%s"', '"<%v>"', '"%q"', '"%5s|"', '"%.3s"'])} ${text(depth + 1)})`,
      () => (depth > 3 ? '"deep"' : `(printf ${pick(['"%d"', '"%v"', '"%04d"', '"%x"', '"%s"'])} ${int(depth + 1)})`),
      () =>
        depth > 3
          ? '"deep"'
          : `(reReplaceAll ${pick(['"[aeiou]"', '"(.)(.)"', '"^"', '"l+"', '"\\\\W"'])} ${pick(['"_"', '"$1"', '"$2$1"', '"${1}x"', '""'])} ${text(depth + 1)})`,
      () => (depth > 3 ? '"deep"' : `(join ${pick(['","', '""', '" - "'])} ${list(depth + 1)})`),
      () => (depth > 3 ? '"deep"' : `(print ${text(depth + 1)} ${int(depth + 1)} ${int(depth + 1)})`),
      () => (depth > 3 ? '"deep"' : `(index ${list(depth + 1)} ${pick(['0', '0', '1'])})`),
    ])();
  const list = (depth: number): string =>
    pick<() => string>([
      () => `(stringSlice ${text(depth + 1)} ${text(depth + 1)})`,
      () => '.CommonLabels.Names',
      () => '.CommonLabels.Values',
      () => '.GroupLabels.SortedPairs.Values',
      () => `(.CommonLabels.Remove ${depth > 3 ? '.GroupLabels.Names' : list(depth + 1)}).Names`,
    ])();
  const int = (depth: number): string =>
    pick<() => string>([
      () => pick(['0', '1', '-7', '42', '0x10']),
      () => `(len ${text(depth + 1)})`,
      () => `(len ${pick(['.Alerts', '.Alerts.Firing', '.Alerts.Resolved', '.CommonLabels'])})`,
      () => (depth > 3 ? '3' : `(len ${list(depth + 1)})`),
    ])();
  const condition = (depth: number): string =>
    pick<() => string>([
      () => pick(['true', 'false']),
      () => text(depth + 1),
      () => int(depth + 1),
      () => `(${pick(['eq', 'ne', 'lt', 'le', 'gt', 'ge'])} ${int(depth + 1)} ${int(depth + 1)})`,
      () => `(${pick(['eq', 'ne', 'lt', 'ge'])} ${text(depth + 1)} ${text(depth + 1)})`,
      () => (depth > 3 ? 'true' : `(${pick(['and', 'or'])} ${condition(depth + 1)} ${condition(depth + 1)})`),
      () => (depth > 3 ? 'true' : `(not ${condition(depth + 1)})`),
      () => `(match ${pick(['"a"', '"^H"', '"[0-9]"', '"\\\\."'])} ${text(depth + 1)})`,
    ])();
  const open = (): string => pick(['{{ ', '{{', '{{- ']);
  const close = (): string => pick([' }}', '}}', ' -}}']);
  const action = (inner: string): string => `${open()}${inner}${close()}`;
  const filler = (): string => pick(['', ' ', 'x', ' y\n', '\n  ', '- ']);
  const nodes = (depth: number): string =>
    Array.from({ length: 1 + Math.floor(random() * 3) }, () => filler() + node(depth)).join('');
  const node = (depth: number): string => {
    if (depth > 2) return action(text(depth));
    return pick<() => string>([
      () => action(text(depth)),
      () => action(int(depth)),
      () => action(`${text(depth)} | ${pick(['toUpper', 'len', 'printf "%s!"', 'title | printf "%q"'])}`),
      () => action(condition(depth)),
      () =>
        `${action(`if ${condition(depth)}`)}${nodes(depth + 1)}${maybe(0.5, () => `${action('else')}${nodes(depth + 1)}`)}${action('end')}`,
      () =>
        `${action(`with ${text(depth)}`)}${action('.')}${maybe(0.5, () => `${action('else')}none`)}${action('end')}`,
      () =>
        `${action('range .Alerts')}${action('.Labels.instance')}${filler()}${action(pick(['.Status', '.Annotations.summary', 'len .Labels', '.Fingerprint']))}${action('end')}`,
      () =>
        `${action(`range $i, $v := ${list(depth)}`)}${action('$i')}${filler()}${action('$v | toUpper')}${maybe(0.3, () => `${action('else')}empty`)}${action('end')}`,
      () =>
        `${action(`range ${pick(['.CommonLabels.SortedPairs', '.GroupLabels.SortedPairs'])}`)}${action('.Name')}=${action('.Value')}${action('end')}`,
      () => {
        const name = `$v${names++}`;
        return `${action(`${name} := ${text(depth)}`)}${action(name)}${maybe(0.5, () => `${action(`${name} = ${text(depth)}`)}${action(name)}`)}`;
      },
      () => {
        const name = `t${names++}`;
        return `${action(`define "${name}"`)}<${action('.')}>${action('end')}${action(`template "${name}" ${text(depth)}`)}`;
      },
    ])();
  };
  return nodes(0);
}
