import type { ProcessorKind } from '../processor.ts';

/**
 * Processors for what is not here: a pipeline with them loads, they do nothing (and cannot fail), and `check` says why.
 * Their options are taken as they are.
 */
function passedOver(name: string, why: string, options: readonly string[]): ProcessorKind {
  return {
    name,
    build(reader, context) {
      for (const option of options) reader.has(option);
      context.doubt({ where: reader.where, what: `the processor ${name} does nothing: ${why}.` });
      return () => undefined;
    },
  };
}

const SHAPES = ['field', 'target_field', 'ignore_missing'];

export const PASSED_OVER: readonly ProcessorKind[] = [
  passedOver('attachment', 'documents inside of logs are not read', [
    'field',
    'target_field',
    'indexed_chars',
    'indexed_chars_field',
    'properties',
    'ignore_missing',
    'remove_binary',
    'resource_name',
  ]),
  passedOver('circle', 'there are no shapes here', [...SHAPES, 'error_distance', 'shape_type']),
  passedOver('enrich', 'there are no enrich policies here', [
    'policy_name',
    'field',
    'target_field',
    'override',
    'max_matches',
    'shape_relation',
    'ignore_missing',
  ]),
  passedOver('geo_grid', 'there are no shapes here', [
    ...SHAPES,
    'tile_type',
    'target_format',
    'parent_field',
    'children_field',
    'non_children_field',
    'precision_field',
  ]),
  passedOver('inference', 'there are no models here', [
    'model_id',
    'target_field',
    'field_map',
    'field_mappings',
    'inference_config',
    'input_output',
    'ignore_missing',
  ]),
  passedOver('set_security_user', 'senders have no users here', ['field', 'properties']),
];
