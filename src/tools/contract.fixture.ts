import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { toolContext } from "../../test/peers/tool-context.ts";
import { toError } from "../base/errors.ts";
import type { Tool, ToolResult } from "../runtime/ports/tool.ts";
import type { ToolSetting } from "./config.ts";
import type { OpenTools, ToolSetup } from "./factory.ts";
import { checkToolSettings, factoryOf, toolSecretEnvs } from "./table.ts";

/** One kind of tool in a world where it can be called for real. */
export interface ToolWorld {
  setting: ToolSetting;
  setup: ToolSetup;
  /** The tool that the arguments below are for; the only one when absent. */
  tool?: string;
  /** Arguments of a call that succeeds. */
  good: Record<string, unknown>;
  /** Arguments that pass the check, of a call that fails, and the tool they are for when it is another. */
  failing?: { tool?: string; args: Record<string, unknown> };
  /** Arguments that the check must refuse. */
  wrong: unknown[];
  /** Values that nothing a tool gives may hold. */
  secrets?: string[];
  close?(): Promise<void>;
}

/** A tool of the kind, open: only inside tests. */
interface Opened {
  world: ToolWorld;
  open: OpenTools;
  tool: Tool;
}

type Use = () => Opened;

/** What holds for every tool there is. A new kind of tool runs this, and its own tests are about the rest. */
export function toolContract(
  title: string,
  makeWorld: () => Promise<ToolWorld>,
  { canFail = true }: { canFail?: boolean } = {},
): void {
  describe(`tool contract: ${title}`, () => {
    let opened: Opened;
    beforeAll(async () => {
      const world = await makeWorld();
      const open = await factoryOf(world.setting)!.open(world.setting, world.setup);
      const tool = open.tools.find(({ name }) => name === world.tool) ?? open.tools[0]!;
      opened = { world, open, tool };
    });
    afterAll(async () => {
      await opened.open.close?.();
      await opened.open.close?.(); // a second time does nothing
      await opened.world.close?.();
    });
    const use = () => opened;
    tellsItself(use);
    checksArguments(use);
    runs(use, canFail);
    checksOptions(use);
  });
}

async function run(tool: Tool, args: unknown, signal?: AbortSignal): Promise<ToolResult> {
  const checked = tool.check(args);
  if (!checked.ok) throw new Error(`the check refused: ${checked.problems.join("; ")}`);
  try {
    return await tool.run(checked.value, toolContext(signal));
  } catch (thrown) {
    return { content: toError(thrown).message, isError: true };
  }
}

function fail({ world, open, tool }: Opened): Promise<ToolResult> {
  const failing = world.failing!;
  return run(open.tools.find(({ name }) => name === failing.tool) ?? tool, failing.args);
}

function tellsItself(use: Use): void {
  test("has a name that LLM APIs take, a description, and a JSON Schema of an object (FR-009)", () => {
    for (const { name, description, parameters } of use().open.tools) {
      expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
      expect(description.length).toBeGreaterThan(3);
      expect(parameters["type"]).toBe("object");
      expect(new Ajv2020({ strict: false }).validateSchema(parameters)).toBe(true);
    }
  });

  test("the schema that the model sees and the check agree (FR-009)", () => {
    const { tool, world } = use();
    const seen = new Ajv2020({ strict: false, logger: false }).compile(tool.parameters);
    expect(seen(world.good)).toBe(true);
    expect(tool.check(world.good).ok).toBe(true);
  });
}

function checksArguments(use: Use): void {
  test("refuses wrong arguments in words (FR-011, NFR-005)", () => {
    const { tool, world } = use();
    for (const args of world.wrong) {
      const checked = tool.check(args);
      expect({ args, ok: checked.ok }).toEqual({ args, ok: false });
      if (!checked.ok) for (const problem of checked.problems) expect(problem).toMatch(/^[^{]{5,}$/s);
    }
  });

  test("whatever the arguments, the check answers and does not throw (FR-011)", () => {
    const { tool } = use();
    const json = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...keysOf(tool)), fc.jsonValue()));
    fc.assert(
      fc.property(json, (args) => {
        const checked = tool.check(args);
        return checked.ok || (checked.problems.length > 0 && checked.problems.every((text) => text !== ""));
      }),
      { numRuns: 300 },
    );
  });
}

function runs(use: Use, canFail: boolean): void {
  test("a good call gives a result", async () => {
    const { tool, world } = use();
    const result = await run(tool, world.good);
    expect(result).toMatchObject({ content: expect.stringMatching(/\S/) });
    expect(result.isError ?? false).toBe(false);
  });

  if (canFail) {
    test("a call that cannot succeed ends in an error, not in a crash (FR-011)", async () => {
      expect(await fail(use())).toMatchObject({ isError: true, content: expect.stringMatching(/\S/) });
    });
  }

  test("heeds an aborted signal", async () => {
    const { tool, world } = use();
    const reason = new Error("the task was cancelled");
    expect(await run(tool, world.good, AbortSignal.abort(reason))).toMatchObject({ isError: true });
  });

  test("gives away no secret, in success or in failure (NFR-005)", async () => {
    const { tool, world, open } = use();
    const results = [await run(tool, world.good), ...(canFail ? [await fail(use())] : [])];
    const told = JSON.stringify([results, open.tools, await open.check?.()]);
    for (const secret of world.secrets ?? []) expect(told).not.toContain(secret);
  });
}

function checksOptions(use: Use): void {
  test("its setting is valid, and its secrets are named", () => {
    const { world } = use();
    expect(checkToolSettings([world.setting])).toEqual([]);
    const envs = toolSecretEnvs([world.setting]);
    for (const secret of world.secrets ?? []) {
      expect(envs.some((name) => world.setup.env[name]?.includes(secret))).toBe(true);
    }
  });

  test("its options refuse anything else without throwing", () => {
    const { setting } = use().world;
    expect(
      checkToolSettings([{ ...setting, options: { ...setting.options, no_such_option: 1 } }]),
    ).not.toEqual([]);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (options) => {
        for (const { path, message } of checkToolSettings([{ ...setting, options }])) {
          if (path[0] !== setting.name || message === "") return false;
        }
        return true;
      }),
      { numRuns: 200 },
    );
  });
}

const keysOf = ({ parameters }: Tool): string[] => ["x", ...Object.keys(parameters["properties"] ?? {})];
