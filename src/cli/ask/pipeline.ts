import { UsageError } from "../../base/errors.ts";
import { MAX_PIPELINE_DEPTH, type NextTask } from "../../protocol/envelope.ts";
import { AGENT_ID, inputTopic } from "../../protocol/topics.ts";

export interface Step {
  agent: string;
  instruction?: string;
}

/** One agent, with an instruction of its own or without: `editor`, `editor:make it short`, `editor:"one, two"`. */
const STEP = /^([^:,"]+)(?::(?:"((?:[^"\\]|\\.)*)"|([^,]*)))?(?:,|$)/;

/** Reads the values of `--next`: agents in order, separated by commas. */
export function readSteps(values: readonly string[]): Step[] {
  const steps = values.flatMap((value) => {
    const found: Step[] = [];
    for (let rest = value.trim(); rest !== ""; ) {
      const match = STEP.exec(rest);
      if (!match) throw badStep(rest);
      const [whole, name = "", quoted, bare] = match;
      const instruction = (quoted?.replace(/\\(.)/g, "$1") ?? bare ?? "").trim();
      found.push({ agent: checkAgentId(name.trim()), ...(instruction && { instruction }) });
      rest = rest.slice(whole.length).trimStart();
    }
    return found;
  });
  if (steps.length >= MAX_PIPELINE_DEPTH) {
    throw new UsageError(
      `the pipeline has ${steps.length + 1} agents, at most ${MAX_PIPELINE_DEPTH} are allowed`,
    );
  }
  return steps;
}

const badStep = (text: string): UsageError =>
  new UsageError(`--next cannot be read from: ${text}`, {
    hint: `Write agents with commas between them, as in --next 'writer,editor:"make it short, please"'`,
  });

/** Throws a UsageError unless it may be an agent's id (RULE-001). */
export function checkAgentId(id: string): string {
  if (AGENT_ID.test(id)) return id;
  throw new UsageError(`"${id}" is not an agent's id: letters, digits, '.', '_' and '-' only`);
}

/** The nested form that stands in an envelope (FR-007). */
export const nest = (steps: readonly Step[]): NextTask | null =>
  steps.reduceRight<NextTask | null>(
    (next, { agent, instruction }) => ({
      topic: inputTopic(agent),
      instruction: instruction ?? null,
      input: null,
      next,
    }),
    null,
  );
