/** Declared fields that a line's own fields may become, by their places. */
export const LINE_TARGETS = [
  ...(['level', 'service', 'message', 'user_id', 'ip_address', 'response_time', 'hostname', 'trace_id'] as const),
];
/** Those of whole events: their records say where they come from. */
export const EVENT_TARGETS = [...LINE_TARGETS, ...(['container_id', 'container_name', 'stream', 'tag'] as const)];

export const LEVEL = 0;
export const SERVICE = 1;
export const MESSAGE = 2;
export const USER_ID = 3;
export const IP_ADDRESS = 4;
export const RESPONSE_TIME = 5;
export const HOSTNAME = 6;
export const TRACE_ID = 7;
export const CONTAINER_ID = 8;
export const CONTAINER_NAME = 9;
export const STREAM = 10;
export const TAG = 11;
