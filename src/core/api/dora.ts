/** `GET /api/dora`: the four keys of DORA, of all services and of each. Times are ISO. */
export interface DoraAnswer {
  readonly from: string;
  readonly to: string;
  /** How many days of that there are events for. */
  readonly days: number;
  /** The one with the most deployments first. */
  readonly services: readonly ServiceFigures[];
  readonly total: DoraFigures;
  /** For people: what the figures do not know. */
  readonly notes: readonly string[];
}

export interface ServiceFigures extends DoraFigures {
  /** `` where an incident names none. */
  readonly service: string;
}

/** Of medians and shares null where there is nothing to make them of. */
export interface DoraFigures {
  readonly deployments: number;
  readonly deployments_per_day: number;
  /** Marked as failed, rolled back, or followed by an incident. */
  readonly failed_deployments: number;
  /** 0 to 1. */
  readonly change_failure_ratio: number | null;
  /** Median from commit to deployment, of those that say when it was committed. */
  readonly lead_time_seconds: number | null;
  readonly incidents: number;
  /** Not over yet. */
  readonly open_incidents: number;
  /** Median of how long incidents lasted that are over. */
  readonly time_to_restore_seconds: number | null;
  readonly bands: DoraBands;
}

export type DoraBand = 'elite' | 'high' | 'medium' | 'low';

/** Where DORA's report of 2023 would put it; left out where there is no figure. */
export interface DoraBands {
  readonly deployments?: DoraBand;
  readonly lead_time?: DoraBand;
  readonly change_failure?: DoraBand;
  readonly time_to_restore?: DoraBand;
}

export interface DoraApi {
  /** The last `days`; `service`: only of this one. */
  figures(days: number, service: string | undefined): Promise<DoraAnswer>;
}

/** `POST /api/deploys`: a deployment that has taken place. */
export interface DeployMark {
  readonly service: string;
  readonly version?: string | undefined;
  readonly environment?: string | undefined;
  readonly commit?: string | undefined;
  /** When the change was committed: ISO. */
  readonly commit_time?: string | undefined;
  /** When it was deployed: ISO; default: now. */
  readonly time?: string | undefined;
  /** It did not come through. */
  readonly failed?: boolean | undefined;
  /** It takes the one before back, which counts as failed; by itself it is no deployment. */
  readonly rollback?: boolean | undefined;
}
