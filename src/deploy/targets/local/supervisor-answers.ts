import * as z from "../../../base/zod.ts";
import type { Supervision } from "./supervision.ts";

/** What `agent2389 supervise status --json` prints, as far as it is used here. */
const answerSchema = () =>
  z.object({
    processes: z.array(
      z.object({ name: z.string(), hash: z.optional(z.string()), secrets: z.array(z.string()) }),
    ),
  });

/** Empty: nothing runs. */
const processes = (answer: unknown) => answerSchema().safeParse(answer).data?.processes ?? [];

export const namesOfSecrets = (answer: unknown, agent: string): string[] =>
  processes(answer).find(({ name }) => name === agent)?.secrets ?? [];

/** What a deployment would do with each agent; undefined: nothing. */
export function differences({ agents }: Supervision, answer: unknown): string | undefined {
  const running = processes(answer).filter(({ hash }) => hash !== undefined);
  const lines = [
    ...agents.flatMap(({ name, hash }) => {
      const found = running.find((process) => process.name === name);
      if (found === undefined) return [`+ ${name}: does not run, and would be started`];
      return found.hash === hash ? [] : [`~ ${name}: would be started anew, its config or settings differ`];
    }),
    ...running
      .filter(({ name }) => !agents.some((agent) => agent.name === name))
      .map(({ name }) => `- ${name}: would be stopped`),
  ];
  return lines.length === 0 ? undefined : lines.join("\n");
}
