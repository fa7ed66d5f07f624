/** `GET /api/containers`, unchecked. Times as for searches. */
export interface ContainersParams {
  /** Default: an hour before `to`. */
  from?: string | number | undefined;
  /** Default: now. */
  to?: string | number | undefined;
  timezone?: string | undefined;
  /** Who asks. */
  client?: string | undefined;
}

export interface ContainersAnswer {
  /** ISO. */
  readonly from: string;
  readonly to: string;
  /** Start of each stretch of time, ISO. */
  readonly times: readonly string[];
  readonly interval_ms: number;
  /** Those with events in this time, the ones with the most first. */
  readonly containers: readonly ContainerView[];
  /** There are more of them than are told of. */
  readonly more: boolean;
}

/** What one container wrote, or a service whose events name no container. */
export interface ContainerView {
  readonly name: string;
  readonly by: 'container_name' | 'service';
  /** What finds its events. */
  readonly query: string;
  readonly events: number;
  /** Of level ERROR or FATAL. */
  readonly errors: number;
  /** By stretch of time. */
  readonly counts: readonly number[];
  readonly error_counts: readonly number[];
  /** Time of its latest event: ISO. */
  readonly last_seen: string;
  /** How often it ended, and was started again; absent where no event of a container engine tells of it. */
  readonly ended?: number | undefined;
  readonly restarts?: number | undefined;
}
