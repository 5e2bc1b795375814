import { changeWith } from "./change-text.ts";
import { imageSteps, quotaSteps, releaseSteps } from "./cluster-steps.ts";
import { moreGpus, otherGpu, plans } from "./hardware-changes.ts";
import { quantizationSteps } from "./quantization-steps.ts";
import { known, offered, type Question, type Step } from "./step.ts";
import type { Trial } from "./trial.ts";
import type { Change } from "./types.ts";

/**
 * Beyond arguments: another runtime, what the cluster's administrator may change, another checkpoint, more or other GPUs.
 * Each was applied, and `decide` then says GO.
 */
export const otherChanges = (question: Question): Change[] => [
  ...placeChanges(question),
  ...hardwareChanges(question),
];

/** On the machines that there are. */
function placeChanges(question: Question): Change[] {
  const runs = question.now.evaluation.verdict === "GO";
  return [
    ...blockerSteps(question).flatMap((steps) => offered(steps, question)),
    ...(runs ? [] : offered(quantizationSteps(question), question)),
  ];
}

/** What may keep a model off, each kind by itself. */
const blockerSteps = (question: Question): Step[][] => [
  releaseSteps(question),
  quotaSteps(
    question,
    plans(question).map(({ devices }) => devices),
  ),
  imageSteps(question),
];

/** On machines that are added. */
export function hardwareChanges(question: Question): Change[] {
  const more = moreGpus(question);
  const runs = question.now.evaluation.verdict === "GO";
  return runs && more.length > 0 ? more : [...more, ...otherGpu(question)];
}

/** First steps of two that are looked at. */
const [MOST_FIRST, MOST_TOLERATED] = [6, 2];

/** Two changes that are only enough together, of which the first takes away what blocks. */
export function pairChanges(question: Question): Change[] {
  const firsts = blockerSteps(question).flat().slice(0, MOST_FIRST);
  return firstPair(firsts, otherChanges, question.now);
}

/** The same, where a node must be tolerated first. What is bought instead has no taint. */
export const tolerationPairs = (tolerations: readonly Step[]): Change[] =>
  firstPair(tolerations.slice(0, MOST_TOLERATED), placeChanges);

/** `before`: the trial that is gone on from where no node is open. */
function firstPair(
  firsts: readonly Step[],
  seconds: (question: Question) => Change[],
  before?: Trial,
): Change[] {
  for (const { tried, inventory, change, trials } of firsts) {
    const [now = before] = known(trials());
    if (now === undefined) continue;
    const first = change(now);
    const [second] = seconds({ tried, inventory, now, withEdits: true });
    if (second !== undefined) return [changeWith(first, [second])];
  }
  return [];
}
