/**
 * Where an event's own time may stand when no pipeline set `@timestamp`: the first of these that holds one counts.
 *
 * - `repeats`: the name means nothing but the event's time. A value that says the same as `@timestamp` is dropped.
 * - `weak`: the name may as well belong to what the event tells of (an order, a user). It counts only with a clock time near
 *   the time of the sender or, without one, of arrival: see `isNear` in event-time.ts.
 */
export interface TimeName {
  readonly name: string;
  readonly use: 'repeats' | 'own' | 'weak';
}

export const TIME_NAMES: readonly TimeName[] = [
  ...named('repeats', ['timestamp', 'time', 'ts', '@t', 'Timestamp', 'datetime', 'asctime', 'instant']),
  // Fluent Bit's outputs; slog and others with capital letters.
  ...named('repeats', ['date', 'Time', '@time', 'TimeStamp', 'TIMESTAMP', 'DateTime', 'dateTime', 'date_time']),
  ...named('own', ['timeMillis', 'time_iso8601', 'eventTime', 't']),
  ...named('own', ['time_local', 'msec', 'event_time', 'EventTime', 'event_timestamp', 'eventTimestamp']),
  ...named('own', ['log_time', 'logTime', 'LogTime', 'log_timestamp', 'logTimestamp', 'logged_at', 'loggedAt']),
  ...named('own', [
    '_time',
    '_timestamp',
    'time_stamp',
    'timeStamp',
    'eventtime',
    'event_date',
    'eventDate',
    'record_time',
  ]),
  ...named('own', [
    'logdate',
    'log_date',
    'logDate',
    'syslog_timestamp',
    'TimeCreated',
    'timestamp_us',
    'timestamp_ns',
  ]),
  ...named('own', ['time_utc', 'timeUtc', 'utcTime', 'UtcTime', 'timestamp_utc', 'timestampUtc']),
  ...named('own', ['timestamp_ms', 'timestampMs', 'time_ms', 'epoch', 'epoch_ms', 'epochMillis', 'unixtime']),
  ...named('own', ['timeUnixNano', 'time_unix_nano', 'observedTimeUnixNano', 'TimeGenerated']),
  ...named('own', ['_SOURCE_REALTIME_TIMESTAMP', '__REALTIME_TIMESTAMP', 'StartUTC', 'StartLocal']),
  ...named('weak', ['created_at', 'createdAt', 'occurred_at', 'occurredAt', 'start_time', 'startTime']),
  ...named('weak', [
    'T',
    'created',
    'record',
    'dt',
    'generated_at',
    'generatedAt',
    'recorded_at',
    'recordedAt',
    'emitted_at',
    'emittedAt',
  ]),
];

function named(use: TimeName['use'], names: readonly string[]): TimeName[] {
  return names.map(name => ({ name, use }));
}
