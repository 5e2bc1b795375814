import { expect, test } from "bun:test";
import { externalBrokerPlans } from "../../plans.fixture.ts";
import { configDiff } from "./diff.ts";
import { flyConfig } from "./fly-toml.ts";

const agent = externalBrokerPlans.storage.agents[0]!;

interface Deployed {
  kill_timeout: unknown;
  primary_region: string;
  env: Record<string, string>;
  vm: unknown;
  metrics?: unknown;
}

/** As flyctl keeps it: durations in Go's way, keys of its own. */
function deployed(change: (config: Deployed) => void = () => {}): string {
  const { vm, ...own } = flyConfig(agent);
  const config = {
    ...structuredClone(own),
    kill_timeout: "55s",
    deploy: { ...own.deploy, wait_timeout: "5m0s" },
    console_command: "",
    vm: [{ ...vm?.[0], memory_mb: 2048 }],
  };
  change(config);
  return JSON.stringify(config);
}

test("what is deployed as it would be is no difference, however flyctl spells it", () => {
  expect(configDiff(deployed(), agent)).toBeUndefined();
});

test("sections may be one table or several", () => {
  const one = deployed((config) => {
    config.metrics = { port: 8080, path: "/metrics" };
  });
  expect(configDiff(one, agent)).toBeUndefined();
});

test("each difference is a line", () => {
  const text = configDiff(
    deployed((config) => {
      config.env["AGENT2389_CONFIG_HASH"] = "0000000000";
      config.env["OLD"] = "1";
      delete config.env["FLAG"];
      config.primary_region = "ams";
      config.kill_timeout = "1m0s";
    }),
    agent,
  );
  expect(text).toBe(
    [
      "archive-agent-2:",
      `  ~ env.AGENT2389_CONFIG_HASH = "0000000000" -> "${agent.config.hash}"`,
      '  + env.FLAG = "on"',
      '  - env.OLD = "1"',
      "  ~ kill_timeout = 60s -> 55s",
      '  ~ primary_region = "ams" -> "fra"',
    ].join("\n"),
  );
});

test("an answer that is no configuration is told", () => {
  expect(() => configDiff("Error: app not found", agent)).toThrow("did not answer with the configuration");
});
