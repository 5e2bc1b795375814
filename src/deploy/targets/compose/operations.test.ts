import { describe, expect, test } from "bun:test";
import { examplePlans } from "../../plans.fixture.ts";
import type { Step } from "../../target.ts";
import { readProject, withDocker } from "./compose.fixture.ts";
import { crashLoop } from "./crash-loop.ts";
import { target } from "./index.ts";

const { operations } = target;
const plan = examplePlans["three-agents"];
const lines = (steps: readonly Step[] = []) => steps.map(({ argv }) => argv.join(" "));
const SECRETS = ["MQTT_PASSWORD", "MQTT_USERNAME", "OPENAI_API_KEY", "SERPER_API_KEY"];

test("a deployment checks, builds what no registry has, starts, and waits", () => {
  const steps = operations!.deploy(plan, "/r", SECRETS);
  expect(lines(steps)).toEqual([
    "docker compose --progress quiet --project-name agents --file /r/compose.yaml config --quiet",
    "docker build --file Dockerfile.generic --tag agent2389:1.2.3 .",
    "docker compose --progress quiet --project-name agents --file /r/compose.yaml up --detach --no-build --remove-orphans --wait --wait-timeout 180",
  ]);
  expect(steps.map(({ secretEnv }) => secretEnv)).toEqual([SECRETS, undefined, SECRETS]);
  expect(lines(steps.at(-1)?.diagnose)).toEqual([
    "docker compose --progress quiet --project-name agents ps --all",
    "docker compose --progress quiet --project-name agents logs --no-color --tail 20",
  ]);
});

test("an image of a registry is left to Compose, one that is here is not built again", () => {
  const [agent] = examplePlans.minimal.agents;
  const pulled = {
    ...examplePlans.minimal,
    agents: [{ ...agent!, image: "registry.example.com/agent2389:1.2.3" }],
  };
  expect(lines(operations!.deploy(pulled, "/r", [])).filter((line) => line.includes("build --file"))).toEqual(
    [],
  );
  const build = operations!.deploy(plan, "/r", [])[1]!;
  expect(build.skipIf?.argv.join(" ")).toBe("docker image inspect --format {{.Id}} agent2389:1.2.3");
  expect(build.skipIf?.satisfied({ code: 0, stdout: "sha256:1", stderr: "" })).toBe(true);
  expect(build.skipIf?.satisfied({ code: 1, stdout: "", stderr: "No such image" })).toBe(false);
});

test("the worker of a Jetson is built from the program's image", () => {
  expect(lines(operations!.deploy(examplePlans.jetson, "/r", [])).slice(1, 3)).toEqual([
    "docker build --file Dockerfile.generic --tag agent2389:1.2.3 .",
    expect.stringMatching(
      /^docker build --file Dockerfile.jetson --build-arg BASE_IMAGE=nvcr.io\S+ --build-arg PROGRAM_IMAGE=agent2389:1.2.3 --tag agent2389:1.2.3-jetpack6.2 \.$/,
    ),
  ]);
});

test("looking, going back and taking away", () => {
  expect(lines(operations!.logs(plan, { follow: true, tail: 7, agent: "writer-agent" }))).toEqual([
    "docker compose --progress quiet --project-name agents logs --no-color --tail 7 --follow writer-agent",
  ]);
  expect(lines(operations!.destroy(plan, "/r"))).toEqual([
    "docker compose --progress quiet --project-name agents --file /r/compose.yaml --profile * down --volumes --remove-orphans",
  ]);
  expect(lines(operations!.rollback(plan, "/r", true))).toEqual([
    expect.stringContaining("--file /r/compose.yaml up --detach"),
  ]);
});

test("a new login starts the broker anew, any other secret does not", () => {
  const [agent] = plan.agents;
  const services = (names: string[]) =>
    operations!
      .pushSecrets(plan, agent!, names, "/r")[0]!
      .argv.join(" ")
      .replace(/^.*--wait /, "");
  expect(services(["OPENAI_API_KEY"])).toBe("researcher-agent");
  expect(services(["MQTT_PASSWORD", "OPENAI_API_KEY"])).toBe("agents-broker researcher-agent");
});

describe("what is set in a container is asked for by name only", () => {
  const { argv, names } = operations!.listSecrets(plan, plan.agents[0]!);
  test("the engine prints names", () => {
    expect(argv.slice(0, 4)).toEqual(["docker", "inspect", "--type", "container"]);
    expect(argv.at(-1)).toBe("agents-researcher-agent-1");
    expect(names("PATH\nOPENAI_API_KEY\nMQTT_PASSWORD_FILE\n\n")).toEqual([
      "PATH",
      "OPENAI_API_KEY",
      "MQTT_PASSWORD",
    ]);
  });
});

describe("a difference is told container by container", () => {
  const [step] = operations!.diff(plan, "/r");
  const services = Object.entries(readProject(target.render(plan)).services).filter(
    ([, { profiles }]) => !profiles,
  );
  const row = ([name, { labels }]: (typeof services)[number]) =>
    `${name} ${labels["agent2389.service"]} ${labels["agent2389.config"]}`;
  const rows = services.map(row);

  test("none", () => {
    expect(step!.inspect?.(`${rows.join("\n")}\n`)).toBeUndefined();
  });

  test("one of each kind", () => {
    const [brokerRow, first, second] = rows;
    const otherConfig = first!.replace(/\S+ \S+$/, "aaaa bbbb");
    const otherSetup = second!.replace(/ \S+ /, " aaaa ");
    expect(step!.inspect?.([brokerRow, otherConfig, otherSetup, "old 1 2"].join("\n"))?.split("\n")).toEqual([
      expect.stringMatching(
        /^~ researcher-agent: would be replaced, its config is another \(bbbb → \w{10}\)$/,
      ),
      "~ writer-agent: would be replaced, its container is to be set up differently",
      "+ editor-agent: is not there, and would be started",
      "- old: would be removed",
    ]);
  });

  test("any setting of the container counts", () => {
    const labels = (project = plan) =>
      Object.values(readProject(target.render(project)).services).map(
        ({ labels: { "agent2389.service": hash } }) => hash,
      );
    expect(labels(withDocker(plan, { publish: true }))).not.toEqual(labels());
  });
});

test.each([
  ["2 seconds ago\tRestarting (2) Less than a second ago\n", true],
  ["2 seconds ago\tRestarting (1) 1 second ago\n", false],
  ["About a minute ago\tRestarting (1) 20 seconds ago\n", true],
  ["3 minutes ago\tUp 2 seconds (health: starting)\n", false],
  ["", false],
])("a container that says %j ends again and again: %p", (stdout, hopeless) => {
  expect(crashLoop(plan).satisfied({ code: 0, stdout, stderr: "" })).toBe(hopeless);
});

test("next is what can be typed", () => {
  expect(operations!.next(plan)).toEqual([
    'docker compose --project-name agents exec researcher-agent agent2389 ask researcher-agent "Say hello"',
    "docker compose --project-name agents logs --follow",
  ]);
  expect(operations!.next(withDocker(plan, { publish: true }))).toContain(
    "docker compose --project-name agents port writer-agent 8080: where its /health is",
  );
});

test("an agent without a container is told of", () => {
  const [step] = operations!.status(examplePlans.minimal);
  expect(step!.inspect?.("NAME\nhello-hello-1   Up\n")).toBe("NAME\nhello-hello-1   Up");
  expect(() => step!.inspect?.("NAME\n")).toThrow("hello is not deployed");
});
