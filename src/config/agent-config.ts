import { z } from "zod";
import { logSection } from "../base/log-config.ts";
import { llmSection } from "../llm/config.ts";
import { agentSection, budgetSection, routingSection, runtimeSection } from "../runtime/config.ts";
import { serverSection } from "../server/config.ts";
import { storageSection } from "../storage/config.ts";
import { toolsSection } from "../tools/config.ts";
import { mqttSection } from "../transport/config.ts";

/** The whole of an agent's TOML, gathered from the slices that each feature owns. */
export const agentConfigSchema = z.strictObject({
  agent: agentSection,
  mqtt: mqttSection.prefault({}),
  llm: llmSection,
  tools: toolsSection.prefault({}),
  budget: budgetSection.prefault({}),
  routing: routingSection.optional(),
  runtime: runtimeSection.prefault({}),
  server: serverSection.prefault({}),
  storage: storageSection.prefault({}),
  log: logSection.prefault({}),
});

export type AgentConfig = z.output<typeof agentConfigSchema>;
