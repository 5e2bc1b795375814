import { describe, expect, test } from "bun:test";
import { posix } from "node:path";
import Ajv from "ajv";
import fc from "fast-check";
import schema from "../../../../test/schemas/nbformat.v4.5.schema.json";
import type { AgentPlan, DeployPlan } from "../../plan.ts";
import { EXAMPLE_NAMES, examplePlans, externalBrokerPlans } from "../../plans.fixture.ts";
import type { Files } from "../../target.ts";
import { type Carried, testTarget } from "../../target-contract.fixture.ts";
import { agentCell } from "./agent-cell.ts";
import { target } from "./index.ts";

testTarget(target, { refuses: ["jetson"], externalBroker: true, readBack });

interface Notebook {
  cells: { cell_type: string; id: string; source: string[] }[];
}

const parsed = (text: string): Notebook => JSON.parse(text);
const codeOf = ({ cells }: Notebook, id: string): string =>
  cells.find((cell) => cell.id === id)!.source.join("");

function readBack(files: Files, { agents }: DeployPlan): Carried[] {
  return agents.map(({ name }) => {
    const values = assignments(codeOf(parsed(files[`${name}.ipynb`]!), "agent"));
    const carried = Object.entries(values["FILES"] as Record<string, string[]>).map(([path, lines]) => [
      posix.join("/app/config", path),
      lines.join(""),
    ]);
    const byPath: Record<string, string> = Object.fromEntries(carried);
    return {
      agent: values["NAME"] as string,
      config: byPath["/app/config/agent.toml"]!,
      files: byPath,
      env: values["ENV"] as Record<string, string>,
      args: values["ARGS"] as string[],
    };
  });
}

/** `NAME = value`, where the value goes on over lines that do not begin with a name. */
function assignments(code: string): Record<string, unknown> {
  const found = code.split(/^(?=[A-Z_]+ = )/m).filter((part) => !part.startsWith("#"));
  return Object.fromEntries(
    found.map((part) => {
      const at = part.indexOf(" = ");
      return [part.slice(0, at), JSON.parse(part.slice(at + 3))];
    }),
  );
}

const { $schema: _, ...draft } = schema;
const isNotebook = new Ajv({ strict: false, allErrors: true }).compile(draft);

const ACCEPTED = EXAMPLE_NAMES.filter((name) => name !== "jetson");
const notebooks = (plan: DeployPlan): string[] => Object.values(target.render(plan));

test.each(ACCEPTED)("%s: every notebook is as nbformat 4.5 has it", (name) => {
  for (const text of notebooks(externalBrokerPlans[name])) {
    isNotebook(JSON.parse(text));
    expect(isNotebook.errors).toBeNull();
    const ids = parsed(text).cells.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

test("the schema is one that can say no", () => {
  const notebook = JSON.parse(notebooks(externalBrokerPlans.minimal)[0]!);
  expect(isNotebook({ ...notebook, nbformat_minor: 4 })).toBe(false);
  expect(isNotebook({ ...notebook, cells: [{ ...notebook.cells[0], id: "with space" }] })).toBe(false);
});

test("a broker is not deployed along", () => {
  expect(target.problems(examplePlans.minimal)).toEqual([
    {
      message: expect.stringContaining("a notebook deploys no broker along"),
      hint: expect.stringContaining("--set MQTT_BROKER_URL="),
    },
  ]);
});

test("secrets are named, with what is needed, and nothing more", () => {
  const agent = externalBrokerPlans.storage.agents[0]!;
  const values = assignments(agentCell(agent));
  expect(values["SECRETS"]).toEqual(
    Object.fromEntries(agent.secrets.map(({ name, required }) => [name, required ? "required" : "optional"])),
  );
});

const python = Bun.which("python3");

/** Where there is no Python, the cells are only read as text. */
describe.skipIf(python === null)("in Python", () => {
  const run = async (code: string, stdin: string): Promise<string> => {
    const child = Bun.spawn([python!, "-c", code], {
      stdin: Buffer.from(stdin),
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    return (await child.exited) === 0 ? out : `failed: ${err}`;
  };

  test("every code cell compiles", async () => {
    const compile = `
import json, sys
for text in json.load(sys.stdin):
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "code":
            compile("".join(cell["source"]), cell["id"], "exec")
print("ok")`;
    const all = ACCEPTED.flatMap((name) => notebooks(externalBrokerPlans[name]));
    expect(await run(compile, JSON.stringify(all))).toBe("ok\n");
  });

  test("Python reads the values that were written, whatever they are", async () => {
    const agent = externalBrokerPlans.minimal.agents[0]!;
    const anything = fc.string({ unit: "binary", maxLength: 30 });
    const texts = fc.sample(fc.tuple(anything, anything, anything), { numRuns: 60, seed: 1 });
    const variants = texts.map(
      ([text, value, arg]): AgentPlan => ({
        ...agent,
        config: { ...agent.config, text },
        env: { VALUE: value },
        args: ["run", arg],
      }),
    );
    const execute = `
import json, sys
results = []
for code in json.load(sys.stdin):
    names = {}
    exec(compile(code, "agent", "exec"), names)
    results.append(["".join(names["FILES"]["agent.toml"]), names["ENV"]["VALUE"], names["ARGS"][1]])
print(json.dumps(results))`;
    const read = JSON.parse(await run(execute, JSON.stringify(variants.map(agentCell))));
    expect(read).toEqual(texts);
  });
});
