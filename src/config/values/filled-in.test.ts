import { describe, expect, test } from "bun:test";
import { load, MINIMAL, noFeatures, problemsOf } from "../testing.fixture.ts";

const config = async (text: string, env: Record<string, string> = {}) => (await load(text, { env })).config;
const withLlm = (line: string) => MINIMAL.replace('model = "gpt-4o"', `model = "gpt-4o"\n${line}`);

describe("variables", () => {
  test("are filled in in arrays, nested tables and lists of tables", async () => {
    const text = `${withLlm('fallback = [{ provider = "groq", model = "${M}" }]')}
[llm.output_schema.properties.x]
enum = ["\${M}", ["\${M}"]]
`;
    const { llm } = await config(text.replace('id = "a"', 'id = "a"\ncapabilities = ["x-${M}"]'), { M: "m" });
    expect(llm.fallback[0]?.model).toBe("m");
    expect(llm.output_schema).toEqual({ properties: { x: { enum: ["m", ["m"]] } } });
  });

  test("cannot become another key or table", async () => {
    const M = 'x"\n[budget]\nmax_iterations = 1000\n#';
    const { llm, budget } = await config(MINIMAL.replace('"gpt-4o"', '"${M}"'), { M });
    expect(llm.model).toBe(M);
    expect(budget.max_iterations).toBe(8);
  });

  test("keep their text where text is expected, numbers or not", async () => {
    expect((await config(MINIMAL.replace('"gpt-4o"', '"${M}"'), { M: "5" })).llm.model).toBe("5");
  });

  test.each([
    ["5", 5],
    [" 7 ", 7],
    ["1e2", 100],
  ])("%p is a number where one is expected", async (M, max) => {
    expect((await config(withLlm('max_tokens = "${M}"'), { M })).llm.max_tokens).toBe(max);
  });

  test.each([
    ["true", true],
    ["FALSE", false],
    ["1", true],
    ["0", false],
  ])("%p is a boolean where one is expected", async (S, stream) => {
    expect((await config(withLlm('stream = "${S}"'), { S })).llm.stream).toBe(stream);
  });

  test("defaults become numbers and booleans too", async () => {
    const { llm } = await config(withLlm('max_tokens = "${M:-64}"\nstream = "${S:-false}"'));
    expect(llm).toMatchObject({ max_tokens: 64, stream: false });
  });

  test.each([
    ["", "an empty string"],
    ["0x10", '"0x10"'],
    ["1,5", '"1,5"'],
    ["five", '"five"'],
  ])("%p is no number, and the error says where it came from", async (M, found) => {
    expect(await problemsOf(withLlm('max_tokens = "${M}"'), { env: { M } })).toEqual([
      `7:14: llm.max_tokens: expected a whole number of at least 1, found ${found} from \${M}`,
    ]);
  });

  test("that are only a part of the text make no number", async () => {
    const [problem] = await problemsOf(withLlm('max_tokens = "1${M}"'), { env: { M: "0" } });
    expect(problem).toStartWith('7:14: llm.max_tokens: expected a whole number of at least 1, found "10"');
  });

  test("that are not set are each told once, at their place, and nothing else is said of the value", async () => {
    expect(await problemsOf(withLlm('base_url = "${GONE}/${GONE_TOO}"'))).toEqual([
      "7:13: llm.base_url: the environment variable GONE is not set; set it, or give a default: ${GONE:-…}; write $${GONE} if the text itself is meant",
      "7:21: llm.base_url: the environment variable GONE_TOO is not set; set it, or give a default: ${GONE_TOO:-…}; write $${GONE_TOO} if the text itself is meant",
    ]);
  });

  test("fit the options of tools, which only the tool knows", async () => {
    const features = {
      ...noFeatures,
      checkToolSettings: (settings: readonly { options: Record<string, unknown> }[]) =>
        settings.flatMap(({ options }) => [
          ...(typeof options["timeout"] === "number"
            ? []
            : [{ path: ["web", "timeout"], message: "expected number" }]),
          ...(typeof options["name"] === "string"
            ? []
            : [{ path: ["web", "name"], message: "expected string" }]),
        ]),
    };
    const tool = (timeout: string) =>
      `${MINIMAL}\n[tools]\nweb = { impl = "x", config = { name = "\${N}", timeout = "${timeout}" } }`;
    const env = { N: "5", T: "30" };
    const { config } = await load(tool("${T}"), { env, features });
    expect(config.tools[0]?.options).toEqual({ name: "5", timeout: 30 });
    expect(await problemsOf(tool("soon"), { env, features })).toEqual([
      "10:57: tools.web.config.timeout: expected number",
    ]);
  });
});
