import { LongshoreError } from '../core/errors.ts';
import { loadPipelines, type PipelineSet } from '../parse/pipelines.ts';
import { type Imported, type ImportedPipeline, leftOut, type Remark, type Step } from './model.ts';
import { pipelineText } from './pipeline-text.ts';

/**
 * The same, loaded: a step that the loader refuses becomes a comment and a remark with the loader's own reason, so that what
 * is written always loads.
 */
export function settle(imported: Imported): Imported {
  const remarks: Remark[] = [...imported.remarks];
  const names = new Set(imported.pipelines.map(({ name }) => name));
  const kept = (steps: readonly Step[]): Step[] =>
    steps.map(step => {
      const refused = refusal(step, names);
      if (refused === undefined) return step;
      const { step: comment, remark } = leftOut(
        step.where ?? 'this step',
        step.processor!,
        [refused.what, refused.fix].filter(text => text !== undefined).join(' '),
      );
      remarks.push(remark);
      return step.comment === undefined ? comment : { comment: `${step.comment}\n${comment.comment}` };
    });
  const pipelines = imported.pipelines.map((pipeline): ImportedPipeline => {
    const { multiline } = pipeline;
    const bad = multiline === undefined ? undefined : refusalOf({ multiline, processors: [] }, names);
    if (bad !== undefined)
      remarks.push({
        kind: 'left_out',
        where: pipeline.name,
        what: `multiline is not imported: ${bad.what}`,
        hint: bad.fix,
      });
    return {
      ...pipeline,
      multiline: bad === undefined ? multiline : undefined,
      steps: kept(pipeline.steps),
      ...(pipeline.onFailure === undefined ? {} : { onFailure: kept(pipeline.onFailure) }),
    };
  });
  return { ...imported, pipelines, remarks };
}

/** Loads what is to be written, as the service does. Throws the loader's AggregateError. */
export function loadImported(pipelines: readonly ImportedPipeline[], timezone = 'UTC'): PipelineSet {
  return loadPipelines(
    pipelines.map(pipeline => ({ path: `pipelines/${pipeline.name}.yaml`, text: pipelineText(pipeline) })),
    { timezone },
  );
}

function refusal(step: Step, names: ReadonlySet<string>): LongshoreError | undefined {
  if (step.processor === undefined) return undefined;
  return refusalOf({ processors: [plain(step)] }, names);
}

function refusalOf(source: object, names: ReadonlySet<string>): LongshoreError | undefined {
  try {
    loadPipelines([{ path: 'step.yaml', text: JSON.stringify(source) }]);
    return undefined;
  } catch (error) {
    const errors = error instanceof AggregateError ? error.errors : [error];
    return errors
      .map(one => (one instanceof LongshoreError ? one : new LongshoreError('LS_IMPORT_SOURCE', String(one))))
      .find(
        one =>
          one.code !== 'LS_PIPELINE_UNKNOWN_PIPELINE' || ![...names].some(name => one.what.includes(`\`${name}\``)),
      );
  }
}

/** A step as it stands in JSON. */
export function plain(step: Step): Record<string, unknown> {
  const { on_failure: handlers, ...options } = step.options ?? {};
  const body: Record<string, unknown> = { ...options };
  if (handlers !== undefined) body['on_failure'] = handlers.filter(one => one.processor !== undefined).map(plain);
  return { [step.processor!]: body };
}
