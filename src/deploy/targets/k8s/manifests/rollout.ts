/** Versions that `rollback` can go back to. Their ConfigMaps are kept as long. */
export const REVISIONS = 5;

/** Seconds without progress after which a rollout has failed. */
export const PROGRESS_SECONDS = 300;
