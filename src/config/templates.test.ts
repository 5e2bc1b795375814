import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { AGENT_ID } from "../protocol/topics.ts";
import { parseConfig } from "./load.ts";
import { standardFeatures } from "./standard-features.ts";
import { renderTemplate, TEMPLATES } from "./templates.ts";

const env = { MQTT_USERNAME: "u", MQTT_PASSWORD: "p", OPENAI_API_KEY: "k", SERPER_API_KEY: "s" };
const load = (text: string) => parseConfig(text, "new.toml", { env, cwd: "/", features: standardFeatures });

describe("a config made from a template", () => {
  test.each(TEMPLATES.map(({ name }) => name))("%s loads without problems and warnings", async (name) => {
    const { config, warnings } = await load(renderTemplate(name, { id: "my-agent" }));
    expect(config.agent.id).toBe("my-agent");
    expect(warnings).toEqual([]);
  });

  test("with any id that an agent may have (RULE-001)", async () => {
    const id = fc.stringMatching(/^[a-zA-Z0-9._-]{1,128}$/);
    await fc.assert(
      fc.asyncProperty(id, fc.constantFrom(...TEMPLATES), async (id, { name }) => {
        const text = renderTemplate(name, { id });
        expect(text).not.toContain("{{");
        expect((await load(text)).config.agent.id).toBe(id);
      }),
      { numRuns: 60 },
    );
  });

  test("the template may be named by its file, as in the seeds", () => {
    const text = renderTemplate("routing", { id: "x" });
    for (const name of ["routing-agent", "routing-agent.toml", "routing-agent.toml.template"]) {
      expect(renderTemplate(name, { id: "x" })).toBe(text);
    }
  });

  test("points to the schema only where it is told to", () => {
    expect(renderTemplate("basic", { id: "x" })).toStartWith("# x: ");
    expect(renderTemplate("basic", { id: "x", schema: "./a$&.json" })).toStartWith(
      "#:schema ./a$&.json\n# x: ",
    );
  });
});

describe("is refused", () => {
  test("an id that no agent may have, with one that it may (RULE-001)", () => {
    const bad = fc.string({ unit: "grapheme" }).filter((id) => !AGENT_ID.test(id));
    fc.assert(
      fc.property(bad, (id) => {
        expect(() => renderTemplate("basic", { id })).toThrow("cannot be the id of an agent (RULE-001)");
      }),
    );
    expect(() => renderTemplate("basic", { id: "a".repeat(129) })).toThrow("(RULE-001)");
    expect(hintOf(() => renderTemplate("basic", { id: 'my agent"\n[llm]' }))).toEndWith(", as my-agent-llm.");
  });

  test("a template that is none, with the one that was meant", () => {
    expect(() => renderTemplate("basik", { id: "x" })).toThrow('there is no template "basik"');
    expect(hintOf(() => renderTemplate("basik", { id: "x" }))).toBe('Did you mean "basic"?');
    expect(hintOf(() => renderTemplate("zzz", { id: "x" }))).toBe(
      "Templates: basic, routing and tool-heavy.",
    );
  });
});

function hintOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (thrown) {
    return (thrown as { hint?: string }).hint;
  }
  return undefined;
}
