import { ANY, bytes, count, type Given, type OptionsOf, withDefaults } from '../../base/options.ts';

/** Limits of joining Docker's pieces and the lines of stack traces (`join`). */
export const joinSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    max_open_bytes: bytes(
      100_000,
      ANY,
      32_000_000,
      'Memory for records that wait for their rest. Above it the oldest go out as they are, marked `partial`.',
    ),
    max_event_bytes: bytes(
      16_384,
      ANY,
      1_000_000,
      'Longest joined event. What is longer goes out in parts, marked `partial`.',
    ),
    docker_piece_timeout_ms: count(
      100,
      ANY,
      10_000,
      'How long, after its last piece, a long line of Docker waits for the next one.',
    ),
    stack_traces: {
      type: 'boolean',
      default: true,
      description:
        'Join the lines of stack traces of any container, pod or file, without a pipeline that asks for it. Lines that say ERROR wait for a trace below them.',
    },
    trace_flush_interval_ms: count(
      10,
      ANY,
      1000,
      'How long, after its last line, a stack trace (or a line that one may follow) waits for another.',
    ),
    max_trace_lines: count(
      2,
      ANY,
      5000,
      'Lines of one stack trace. What is longer goes out in parts, marked `partial`.',
    ),
  },
} as const;

/** Events that wait for their rest at the same time. Above it the oldest go out as they are, marked `partial`. */
const MAX_OPEN_JOINS = 10_000;

/** What a joiner is told; the schema has the defaults. */
export type JoinLimits = Given<typeof joinSchema> & { readonly max_open_joins?: number };

export type JoinOptions = OptionsOf<typeof joinSchema> & { readonly max_open_joins: number };

export function joinOptions(limits: JoinLimits): JoinOptions {
  return { max_open_joins: MAX_OPEN_JOINS, ...limits, ...withDefaults(joinSchema, limits) };
}
