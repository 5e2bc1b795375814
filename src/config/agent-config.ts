import * as z from "../base/zod.ts";
import { deploySection } from "../deploy/config.ts";
import { llmSection } from "../llm/config.ts";
import { logSection } from "../log/config.ts";
import { routingSection } from "../routing/config.ts";
import { agentSection, budgetSection, runtimeSection } from "../runtime/config.ts";
import { serverSection } from "../server/config.ts";
import { storageSection } from "../storage/config.ts";
import { toolsSection } from "../tools/config.ts";
import { mqttSection } from "../transport/config.ts";

/** The whole of an agent's TOML, gathered from the slices that each feature owns. */
export const agentConfigSchema = z.strictObject({
  agent: agentSection,
  mqtt: z.prefault(mqttSection, {}),
  llm: llmSection,
  tools: z.prefault(toolsSection, {}),
  budget: z.prefault(budgetSection, {}),
  routing: z.optional(routingSection),
  runtime: z.prefault(runtimeSection, {}),
  server: z.prefault(serverSection, {}),
  storage: z.prefault(storageSection, {}),
  log: z.prefault(logSection, {}),
  deploy: z.optional(deploySection),
});

export type AgentConfig = z.output<typeof agentConfigSchema>;
