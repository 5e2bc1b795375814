export interface KserveSettings {
  /** Made when it is not there, and then removed at the end. */
  namespace: string;
  /** From the first apply of a model to its answer, remedies included. */
  perModelSeconds: number;
  /** Whether the models are only brought up, and asked nothing. */
  skipSmoke: boolean;
  /** Changes that are tried for one model. */
  maxRemedies: number;
  /** Leaves everything there, scaled to zero, for someone to look at. */
  keep: boolean;
  /** Memory limit of the serving pod, GiB. */
  memoryGiB: number;
}

/** Between two looks at the cluster, ms. */
export const POLL_MS = 5_000;
/** How long a pod may wait for a node: an autoscaler may be adding one. */
export const SCHEDULING_MS = 5 * 60_000;
/** How long what is deleted may take to go. */
export const REMOVAL_MS = 3 * 60_000;
/** How long a model may take to answer. */
export const ANSWER_MS = 2 * 60_000;
