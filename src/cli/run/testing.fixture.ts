import type { App, AppDeps } from "../../app.ts";
import type { LoadedConfig } from "../../config/loaded.ts";
import { Interrupted } from "../framework/interrupted.ts";
import { capture, runCli, type TestWorld } from "../framework/testing.fixture.ts";
import { programNamed } from "../index.ts";
import { services as real, type Services } from "../services.ts";

/** For tests of the commands that run until they are stopped: agents that are none, and a way to stop them. */

export const program = programNamed("agent2389");

export const agentToml = (id: string): string =>
  `[agent]\nid = "${id}"\n\n[llm]\nprovider = "openai"\nmodel = "gpt-4o-mini"\n`;

export interface Fake {
  services: Partial<Services>;
  loaded: LoadedConfig[];
  deps: AppDeps[];
  stops: number;
}

/** Agents that are ready at once, or do as `app` says. */
export function fakeAgents(app: Partial<App> = {}): Fake {
  const fake: Fake = { services: {}, loaded: [], deps: [], stops: 0 };
  fake.services = {
    loadConfig: real.loadConfig,
    async startAgents(loaded, deps) {
      fake.loaded.push(...loaded);
      fake.deps.push(deps);
      return {
        agents: loaded.map(
          ({ config: { agent } }) =>
            ({ agentId: agent.id, gauges: async () => ({ running: 1 }) }) as App["agents"][number],
        ),
        health: { url: "http://127.0.0.1:40000", port: 40000 },
        started: Promise.resolve(),
        stop: async () => {
          fake.stops += 1;
        },
        ...app,
      };
    },
  };
  return fake;
}

/** Runs a command until its output or the fake agents say that it is up, then asks it to stop. */
export async function runAndStop(argv: string[], fake: Fake, world: TestWorld = {}) {
  const controller = new AbortController();
  const { stdout = capture(), stderr = capture() } = world;
  const running = runCli(program, argv, {
    env: { HOME: "/nowhere" },
    ...world,
    stdout,
    stderr,
    signal: controller.signal,
    services: { ...fake.services, ...world.services },
  });
  const ended = running.then(() => true);
  const isUp = () => fake.deps.length > 0 || stdout.text !== "";
  while (!isUp() && !(await Promise.race([ended, new Promise<false>((r) => setImmediate(r, false))])));
  await new Promise(setImmediate);
  controller.abort(new Interrupted("SIGTERM"));
  return running;
}
