import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileDifferences } from "./file-differences.ts";
import { writeFiles } from "./write-files.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "files-"));
});
afterEach(() => {
  chmodSync(dir, 0o755);
  rmSync(dir, { recursive: true });
});

const FILES = { "fly.toml": "# Made by agent-deploy\napp = 1\n", "config/agent.toml": "[agent]\n" };
const read = (path: string) => readFileSync(join(dir, path), "utf8");
const put = (path: string, text: string) => writeFileSync(join(dir, path), text);

describe("writeFiles", () => {
  test("writes them, and makes the folders they need", async () => {
    expect(await writeFiles(join(dir, "new"), FILES, { force: false })).toEqual([
      { path: "fly.toml", state: "written" },
      { path: "config/agent.toml", state: "written" },
    ]);
    expect(read("new/config/agent.toml")).toBe("[agent]\n");
  });

  test("touches only those that differ, and leaves nothing beside them", async () => {
    await writeFiles(dir, FILES, { force: false });
    const { ino } = statSync(join(dir, "fly.toml"));
    const states = await writeFiles(dir, { ...FILES, "config/agent.toml": "[other]\n" }, { force: false });
    expect(states.map(({ state }) => state)).toEqual(["same", "changed"]);
    expect(statSync(join(dir, "fly.toml")).ino).toBe(ino);
    expect(read("config/agent.toml")).toBe("[other]\n");
    expect(readdirSync(dir).sort()).toEqual(["config", "fly.toml"]);
  });

  test("writes over no file that is somebody else's, unless it is meant", async () => {
    put("fly.toml", "app = 'mine'\n");
    const refused = writeFiles(dir, FILES, { force: false });
    await expect(refused).rejects.toMatchObject({
      name: "ExpectedError",
      message: `${dir}/fly.toml: there already, and not made by agent-deploy`,
      hint: "Choose another folder, or write over it with --force.",
    });
    expect(readdirSync(dir)).toEqual(["fly.toml"]);
    await writeFiles(dir, FILES, { force: true });
    expect(read("fly.toml")).toBe(FILES["fly.toml"]);
  });

  test("a file that is the same is nobody's concern", async () => {
    put("fly.toml", "x\n");
    await writeFiles(dir, { "fly.toml": "x\n", "other.toml": "y\n" }, { force: false });
    expect(read("other.toml")).toBe("y\n");
  });

  test("a folder that cannot be written to is told", async () => {
    put("config", "a file where a folder should be");
    await expect(writeFiles(dir, FILES, { force: false })).rejects.toThrow(
      `cannot read ${dir}/config/agent.toml: a part of the path is not a folder`,
    );
  });
});

describe("fileDifferences", () => {
  test("none, when all is as it would be; what else is there does not count", async () => {
    await writeFiles(dir, FILES, { force: false });
    put("README.md", "mine\n");
    expect(await fileDifferences(dir, FILES)).toEqual([]);
  });

  test("shows what would change, and what would come", async () => {
    put("fly.toml", "# Made by agent-deploy\napp = 0\n");
    expect(await fileDifferences(dir, FILES)).toEqual([
      {
        path: "fly.toml",
        patch:
          "--- a/fly.toml\n+++ b/fly.toml\n@@ -1,2 +1,2 @@\n # Made by agent-deploy\n-app = 0\n+app = 1\n",
      },
      {
        path: "config/agent.toml",
        patch: "--- /dev/null\n+++ b/config/agent.toml\n@@ -0,0 +1,1 @@\n+[agent]\n",
      },
    ]);
  });

  test("a folder that is not there is an empty one", async () => {
    expect(await fileDifferences(join(dir, "nowhere"), FILES)).toHaveLength(2);
  });
});
