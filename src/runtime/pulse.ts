/** How the agent has been doing lately, for its health: what start-up checks cannot know. */
export function createPulse() {
  let modelProblem: string | undefined;
  let failedInARow = 0;
  return {
    modelAnswered(): void {
      modelProblem = undefined;
    },
    modelFailed(message: string): void {
      modelProblem = message;
    },
    taskEnded(failed: boolean): void {
      failedInARow = failed ? failedInARow + 1 : 0;
    },
    /** Why the last model call failed, if it did. */
    modelProblem: () => modelProblem,
    /** Tasks that failed since the last one that did not. */
    failedInARow: () => failedInARow,
  };
}

export type Pulse = ReturnType<typeof createPulse>;
