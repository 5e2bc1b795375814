import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { EXAMPLE_NAMES, examplePlans, externalBrokerPlans } from "../../src/deploy/plans.fixture.ts";
import { withDocker } from "../../src/deploy/targets/compose/compose.fixture.ts";
import { target } from "../../src/deploy/targets/compose/index.ts";
import { tempDir } from "../peers/temp-dir.ts";
import { docker, findCompose } from "./engine.ts";

/** Docker Compose itself reads every example, in every variant, without a warning. It needs no engine for that. */

const compose = await findCompose();
const lacking = "unavailable" in compose ? compose["unavailable"] : undefined;
if (lacking !== undefined) console.warn(`skipped: docker compose config: ${lacking}`);

const VARIANTS = [{}, { secrets: "file" }, { read_only: true }, { publish: true }] as const;

interface Read {
  services: Record<string, { environment?: Record<string, string | null>; command?: string[] }>;
  configs?: Record<string, { content?: string }>;
}

test.skipIf(lacking !== undefined).each(EXAMPLE_NAMES)("%s: docker compose config", async (name) => {
  for (const base of [examplePlans[name], externalBrokerPlans[name]]) {
    for (const variant of VARIANTS) {
      await using dir = tempDir();
      const plan = withDocker(base, variant);
      for (const [path, text] of Object.entries(target.render(plan))) {
        mkdirSync(dirname(join(dir.path, path)), { recursive: true });
        writeFileSync(join(dir.path, path), text);
      }
      const file = ["--file", join(dir.path, "compose.yaml"), "--profile", "*"];
      const read = await docker(compose, ["compose", ...file, "config", "--format", "json"]);
      expect({ code: read.code, stderr: read.stderr }).toEqual({ code: 0, stderr: "" });
      const project = JSON.parse(read.stdout, (_key, value) =>
        typeof value === "string" ? value.replaceAll("$$", "$") : value,
      ) as Read;
      for (const agent of plan.agents) {
        expect(project.services[agent.name]?.environment).toMatchObject(agent.env);
        expect(project.services[agent.name]?.command).toEqual([...agent.args]);
        if (!("read_only" in variant))
          expect(project.configs?.[`${agent.name}-config`]?.content).toBe(agent.config.text);
      }
    }
  }
});
