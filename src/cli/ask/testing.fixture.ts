import { brokerWith, onBroker, type ScriptedAgent, stoppedClock } from "../client/testing.fixture.ts";
import type { Program } from "../framework/table.ts";
import { runCli, type TestWorld } from "../framework/testing.fixture.ts";

/** For tests: `ask` alone, on a broker in memory. */
export const askProgram: Program = {
  name: "agent2389",
  summary: "",
  start: [],
  commands: { ask: { summary: "", load: () => import("./index.ts") } },
};

export const usage = {
  input_tokens: 1204,
  output_tokens: 88,
  cost_usd: 0.00042,
  llm_calls: 2,
  tool_calls: 1,
  duration_ms: 5,
};

export const echo: ScriptedAgent = {
  id: "echo",
  work: (task, { reply }) => reply({ response: `you said: ${task["instruction"]}`, usage }),
};

/** Runs `ask` with these agents; `sent` are the tasks that it published. */
export async function ask(argv: string[], agents: ScriptedAgent[] = [echo], world: TestWorld = {}) {
  const broker = brokerWith(...agents);
  const result = await runCli(askProgram, ["ask", ...argv], {
    clock: stoppedClock,
    ...world,
    services: { ...onBroker(broker), ...world.services },
  });
  const sent = broker.published
    .filter(({ topic }) => topic.endsWith("/input"))
    .map(({ payload }) => JSON.parse(payload));
  return { ...result, sent };
}
