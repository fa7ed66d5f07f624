import { isoTime } from '../../base/time/iso.ts';
import type { QueryNode } from '../../core/contracts.ts';
import { storedField } from './fields.ts';
import { isRelative, parseTime } from './times.ts';

/**
 * The query with every `now` replaced by the time it stands for, so that all who answer it (the store in its process, the
 * open tail, the next page) mean the same moment.
 */
export function freezeTimes(node: QueryNode, now: number): QueryNode {
  switch (node.type) {
    case 'and':
    case 'or':
      return { type: node.type, nodes: node.nodes.map(child => freezeTimes(child, now)) };
    case 'not':
      return { type: 'not', node: freezeTimes(node.node, now) };
    case 'range': {
      if (storedField(node.field) !== '@timestamp') return node;
      const frozen = { ...node };
      for (const [side, end] of SIDES) {
        const bound = node[side];
        if (bound !== undefined && isRelative(bound)) frozen[side] = isoTime(parseTime(bound, now, end));
      }
      return frozen;
    }
    case 'match':
    case 'phrase': {
      if (node.field === undefined || typeof node.value !== 'string' || !isRelative(node.value)) return node;
      if (storedField(node.field) !== '@timestamp') return node;
      const gte = isoTime(parseTime(node.value, now, false));
      return { type: 'range', field: '@timestamp', gte, lte: isoTime(parseTime(node.value, now, true)) };
    }
    default:
      return node;
  }
}

/** Which end of the named span each side of a range means. */
const SIDES = [
  ['gt', true],
  ['gte', false],
  ['lt', false],
  ['lte', true],
] as const;
