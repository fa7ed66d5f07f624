/** Limits of joining Docker's pieces and the lines of stack traces (`join`); see the descriptions. */
export const joinSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    max_open_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 100_000,
      default: 32_000_000,
      description:
        'Memory for records that wait for their rest. Above it the oldest go out as they are, marked `partial`.',
    },
    max_event_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 16_384,
      default: 1_000_000,
      description: 'Longest joined event. What is longer goes out in parts, marked `partial`.',
    },
    max_open_joins: {
      type: 'integer',
      minimum: 1,
      default: 10_000,
      description: 'Events that wait for their rest at the same time.',
    },
    docker_piece_timeout_ms: {
      type: 'integer',
      minimum: 100,
      default: 10_000,
      description: 'How long, after its last piece, a long line of Docker waits for the next one.',
    },
    stack_traces: {
      type: 'boolean',
      default: true,
      description:
        'Join the lines of stack traces of any container, pod or file, without a pipeline that asks for it. Lines that say ERROR wait for a trace below them.',
    },
    trace_flush_interval_ms: {
      type: 'integer',
      minimum: 10,
      default: 1000,
      description: 'How long, after its last line, a stack trace (or a line that one may follow) waits for another.',
    },
    max_trace_lines: {
      type: 'integer',
      minimum: 2,
      default: 5000,
      description: 'Lines of one stack trace. What is longer goes out in parts, marked `partial`.',
    },
  },
} as const;
