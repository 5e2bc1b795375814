import type { Clock } from "../base/clock.ts";
import { secretFrom } from "../base/env-secret.ts";
import type { LlmSection } from "../llm/config.ts";
import type { OpenModelDeps } from "../llm/open.ts";
import type { Model } from "../runtime/ports/model.ts";
import type { Router } from "../runtime/ports/router.ts";
import type { GatekeeperSection, RoutingLlm, RoutingSection } from "./config.ts";

export type RouterDeps = OpenModelDeps & { clock: Clock };

/** The router that a config asks for. Rejects with an ExpectedError when its key or token is missing. */
export async function openRouter(
  { strategy, llm: router, gatekeeper }: RoutingSection,
  llm: LlmSection,
  deps: RouterDeps,
): Promise<Router> {
  if (strategy === "gatekeeper" && gatekeeper) return openGatekeeper(gatekeeper, deps);
  if (strategy === "llm" && router) {
    const { llmRouter } = await import("./llm-router.ts");
    return llmRouter(await openRouterModel(router, llm, deps));
  }
  throw new Error(`routing.${strategy} is not there, though the schema asks for it`);
}

async function openGatekeeper(
  { url, timeout_ms, retry_attempts, token_env }: GatekeeperSection,
  { env, clock }: RouterDeps,
): Promise<Router> {
  const { gatekeeperRouter } = await import("./gatekeeper.ts");
  const use = {
    what: "no token for the gatekeeper",
    key: "token_env in [routing.gatekeeper]",
    where: "routing.gatekeeper.token_env",
  };
  const token = token_env === undefined ? undefined : secretFrom(env, token_env, use);
  return gatekeeperRouter({ url, timeoutMs: timeout_ms, retries: retry_attempts, token, clock });
}

/**
 * The model that routes: time limit, retries and prices are those of `[llm]`; its answers are short and not streamed.
 */
async function openRouterModel(
  router: RoutingLlm,
  { timeout_secs, max_retries, prices }: LlmSection,
  deps: OpenModelDeps,
): Promise<Model> {
  const { openModel } = await import("../llm/open.ts");
  const section = {
    ...router,
    system_prompt: "",
    timeout_secs,
    max_retries,
    prices,
    stream: false,
    fallback: [],
  };
  return openModel(section, { ...deps, where: "routing.llm" });
}
