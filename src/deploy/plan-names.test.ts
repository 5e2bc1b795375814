import { describe, expect, test } from "bun:test";
import { agentOf, broker, input, plan, problemsOf } from "./make-plan.fixture.ts";

describe("names", () => {
  test("the name is the agent's id as a DNS label, unless another is asked for", async () => {
    expect((await agentOf(broker)).name).toBe("writer-one");
    expect((await agentOf(`${broker}[deploy]\nname = "scribe"`)).name).toBe("scribe");
    expect((await agentOf(`${broker}[deploy]\nname = "scribe"`, { name: "author" })).name).toBe("author");
  });

  test.each([
    ["Über.Autor_2", "uber-autor-2"],
    ["-a-", "a"],
    ["x".repeat(80), "x".repeat(63)],
  ])("%s is near %s", async (name, near) => {
    const [problem] = await problemsOf(input(broker, { name }));
    expect(problem).toBe(
      `Writer.One: the name ${JSON.stringify(name)} is no DNS label, which platforms ask for -> ` +
        `Up to 63 lower-case letters, digits and "-", no "-" at the ends, as ${near}.`,
    );
  });

  test("an id of which nothing is left as a label is refused", async () => {
    expect(await problemsOf(input(broker, { id: "._." }))).toEqual([
      expect.stringContaining('the name "" is no DNS label'),
    ]);
  });

  test("two agents of one id are refused, and two of one name", async () => {
    expect(await problemsOf(input(broker), input(broker))).toEqual([
      expect.stringMatching(/^Writer\.One\.toml and Writer\.One\.toml have the agent id "Writer\.One" -> /),
    ]);
    expect(await problemsOf(input(broker, { id: "a.b" }), input(broker, { id: "a_b" }))).toEqual([
      "a.b.toml and a_b.toml would both be deployed as a-b -> Give one of them another name: [deploy] name.",
    ]);
  });

  test("a project is one agent, or all of them", async () => {
    const [one, two] = [await input(broker, { id: "one" }), await input(broker, { id: "two" })];
    expect(plan([one]).plan.project).toBe("one");
    expect(plan([one, two]).plan.project).toBe("agents");
    expect(plan([one, two], { project: "team" }).plan.project).toBe("team");
    expect(
      plan([one, await input(`${broker}[deploy.docker]\nproject = "crew"`, { id: "two" })]).plan.project,
    ).toBe("crew");
    expect(plan([one, two], { project: "The Team" }).problems).toEqual([
      {
        message: 'the project "The Team" is no DNS label, which platforms ask for',
        hint: 'Up to 63 lower-case letters, digits and "-", no "-" at the ends, as the-team.',
      },
    ]);
  });
});

describe("broker", () => {
  const auth = '[mqtt]\nusername_env = "U"\npassword_env = "P"\n';

  test("one that is named is used", async () => {
    const { plan: made } = plan([await input(broker)]);
    expect(made.broker).toEqual({ kind: "external", url: "mqtts://mqtt.example.com:8883" });
    expect(made.agents[0]!.env).not.toHaveProperty("MQTT_BROKER_URL");
  });

  test("none, or one on this machine, means one that is deployed along; with the login that the configs name", async () => {
    for (const mqtt of [auth, `${auth}broker_url = "mqtt://localhost:1883"\n`]) {
      const { plan: made, problems } = plan([await input(mqtt)]);
      expect(problems).toEqual([]);
      expect(made.broker).toMatchObject({
        kind: "included",
        url: "mqtt://writer-one-broker:1883",
        auth: { usernameSecret: "U", passwordSecret: "P" },
      });
      expect(made.agents[0]!.env["MQTT_BROKER_URL"]).toBe("mqtt://writer-one-broker:1883");
      expect(made.agents[0]!.secrets).toMatchObject([
        { name: "OPENAI_API_KEY" },
        { name: "P", required: true },
        { name: "U", required: true },
      ]);
    }
  });

  test("without a login in the config the broker has none", async () => {
    expect(plan([await input("")]).plan.broker).not.toHaveProperty("auth");
  });

  test("it can be asked for, and asked not to be", async () => {
    const included = plan([await input(`${broker}[deploy]\nbroker = "included"`)]);
    expect(included.plan.broker.kind).toBe("included");
    expect(included.problems).toEqual([]);
    expect(await problemsOf(input('[deploy]\nbroker = "external"'))).toEqual([
      "Writer.One: the broker mqtt://localhost:1883 is not to be reached from where the agent will run -> " +
        'Name one that is: --set MQTT_BROKER_URL=mqtts://…; or have one deployed along: [deploy] broker = "included".',
    ]);
  });

  test("agents that are deployed together share one, and its login", async () => {
    expect(await problemsOf(input("", { id: "one" }), input(broker, { id: "two" }))).toEqual([
      expect.stringMatching(/^one wants a broker deployed along, two has one at mqtts:/),
    ]);
    const other = '[mqtt]\nbroker_url = "mqtts://other.example.com"\n';
    expect(await problemsOf(input(other, { id: "one" }), input(broker, { id: "two" }))).toEqual([
      expect.stringMatching(
        /^one has its broker at mqtts:\/\/other\.example\.com, two at mqtts:\/\/mqtt\.example\.com:8883 -> /,
      ),
    ]);
    expect(await problemsOf(input(auth, { id: "one" }), input("", { id: "two" }))).toEqual([
      expect.stringMatching(/^one and two take the broker's login from different variables -> /),
    ]);
  });
});
