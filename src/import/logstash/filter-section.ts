import { touches, writtenBy } from '../analysis.ts';
import type { Step } from '../model.ts';
import { both, negated } from '../painless.ts';
import { type Branch, type Entry, type Plugin, placeText } from './ast.ts';
import { conditionText, fieldsOf } from './condition.ts';
import { type Conversion, readTemporary, TEMPORARY, temporary } from './conversion.ts';
import { successSteps, withCondition } from './filters/common.ts';
import { FILTERS } from './filters/index.ts';
import { WITHOUT_EQUIVALENT } from './filters/others.ts';
import { multilineOf } from './multiline.ts';
import { PluginReader } from './plugin-reader.ts';

/** Above so many characters of repeated conditions, a branch is worked out once and remembered. */
const MAX_REPEATED = 300;

/** The steps of filters, in their order. */
export function filterSteps(body: readonly Entry[], conversion: Conversion): Step[] {
  return body.flatMap(entry => (entry.kind === 'branch' ? branch(entry, conversion) : filter(entry, conversion)));
}

function filter(plugin: Plugin, conversion: Conversion): Step[] {
  const comments: Step[] = plugin.comments.length === 0 ? [] : [{ comment: plugin.comments.join('\n') }];
  if (plugin.name === 'multiline') {
    conversion.multiline ??= multilineOf(plugin, conversion);
    conversion.changed(
      placeText(plugin.at),
      'multiline: the lines of all events of this pipeline are joined in this way, before its processors.',
    );
    return comments;
  }
  const reader = new PluginReader(plugin, conversion);
  reader.ignore('id', 'enable_metric', 'periodic_flush');
  const kind = Object.hasOwn(FILTERS, plugin.name) ? FILTERS[plugin.name] : undefined;
  if (kind === undefined) {
    const known = Object.hasOwn(WITHOUT_EQUIVALENT, plugin.name) ? WITHOUT_EQUIVALENT[plugin.name] : undefined;
    return [...comments, conversion.leftOut(reader.where, plugin.name, known ?? 'There is no such processor.')];
  }
  const converted = kind(reader, conversion);
  const own = [...conversion.takeBefore(), ...converted.steps];
  conversion.noteWritten(writtenBy(own));
  const steps = [...own, ...successSteps(reader, converted, conversion)];
  conversion.noteWritten(writtenBy(steps));
  reader.finish();
  return [...comments, ...steps.map(step => ({ ...step, where: reader.where }))];
}

/**
 * `if` of Logstash is asked once, `if` of a processor each time: where a filter inside may change what the condition reads,
 * the answer is kept in a temporary field.
 */
function branch({ arms, at, comments }: Branch, conversion: Conversion): Step[] {
  const bodies = conversion.apart(arms.map(arm => () => filterSteps(arm.body, conversion)));
  const remark: Step[] = comments.length === 0 ? [] : [{ comment: comments.join('\n') }];
  const own = arms.map(({ condition }) => (condition === undefined ? undefined : conditionText(condition)));
  const reads = arms.map(({ condition }) => (condition === undefined ? [] : fieldsOf(condition)));
  if (isAskedAgain(bodies, reads) || repeatedLength(bodies, own) > MAX_REPEATED)
    return [...remark, ...remembered(bodies, own, at.line)];
  const steps = bodies.flatMap((body, i) => {
    const earlier = own.slice(0, i).map(condition => negated(condition!));
    const condition = [...earlier, own[i]].reduce<string | undefined>((all, one) => both(all, one), undefined);
    return body.map(step => withCondition(step, condition));
  });
  return [...remark, ...steps];
}

/** True when steps change what a condition after them reads again. */
function isAskedAgain(bodies: readonly (readonly Step[])[], reads: readonly (readonly string[])[]): boolean {
  return bodies.some((body, i) => {
    const acting = body.filter(step => step.processor !== undefined);
    const asked = reads.slice(0, i + 1).flat();
    const later = reads.slice(0).flat();
    return (
      touches(writtenBy(acting.slice(0, -1)), asked) || (i < bodies.length - 1 && touches(writtenBy(acting), later))
    );
  });
}

function repeatedLength(bodies: readonly (readonly Step[])[], own: readonly (string | undefined)[]): number {
  let length = 0;
  let sum = 0;
  bodies.forEach((body, i) => {
    length += own[i]?.length ?? 0;
    const acting = body.filter(step => step.processor !== undefined).length;
    sum += length * Math.max(0, acting - 1);
  });
  return sum;
}

function remembered(bodies: readonly (readonly Step[])[], own: readonly (string | undefined)[], line: number): Step[] {
  const name = `branch_${line}`;
  const read = readTemporary(name);
  const sets = own.map(
    (condition, i): Step => ({
      processor: 'set',
      options: {
        field: temporary(name),
        value: i + 1,
        if: i === 0 ? condition : both(`${read} == null`, condition),
      },
    }),
  );
  const steps = bodies.flatMap((body, i) =>
    body.map(step => ({ ...withCondition(step, `${read} == ${i + 1}`), isGuarded: true })),
  );
  return [...sets, ...steps];
}

/** Ends a pipeline: what was only needed on the way goes. */
export function withoutTemporary(steps: readonly Step[]): Step[] {
  if (!JSON.stringify(steps).includes(TEMPORARY)) return [...steps];
  return [...steps, { processor: 'remove', options: { field: TEMPORARY, ignore_missing: true } }];
}
