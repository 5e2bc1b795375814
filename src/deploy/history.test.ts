import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deployHistory, type History } from "./history.ts";

let root: string;
let history: History;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "history-"));
  history = deployHistory(join(root, "agents"));
});
afterEach(() => rmSync(root, { recursive: true }));

const version = (name: string) => ({ "compose.yaml": `${name}\n`, [`config/${name}.toml`]: "x\n" });
const inUse = () => readFileSync(join(root, "agents/compose.yaml"), "utf8").trim();

async function deploy(name: string, well = true): Promise<void> {
  await history.use(version(name));
  if (well) await history.keep();
}

async function back(well = true): Promise<boolean> {
  const known = await history.goBack();
  if (known && well) await history.wentBack();
  return known;
}

test("the folder holds what is in use, and nothing of before", async () => {
  await deploy("one");
  await deploy("two");
  expect(inUse()).toBe("two");
  expect(readdirSync(join(root, "agents/config"))).toEqual(["two.toml"]);
});

test("there is nothing to go back to before the second deployment", async () => {
  expect(await back()).toBe(false);
  await deploy("one");
  expect(await back()).toBe(false);
  expect(inUse()).toBe("one");
});

test("going back and back again", async () => {
  await deploy("one");
  await deploy("two");
  expect(await back()).toBe(true);
  expect(inUse()).toBe("one");
  expect(await back()).toBe(true);
  expect(inUse()).toBe("two");
});

test("deploying the same again is no version", async () => {
  await deploy("one");
  await deploy("two");
  await deploy("two");
  await back();
  expect(inUse()).toBe("one");
});

test("after a failure the version before is the last that went well", async () => {
  await deploy("one");
  await deploy("two");
  await deploy("three", false);
  await back();
  expect(inUse()).toBe("two");
  await back();
  expect(inUse()).toBe("one");
});

test("going back can be tried again", async () => {
  await deploy("one");
  await deploy("two");
  await back(false);
  expect(inUse()).toBe("one");
  await history.use(version("two"));
  await back();
  expect(inUse()).toBe("one");
});

test("a look at other files changes nothing, however it ends", async () => {
  await deploy("one");
  await deploy("two");
  expect(await history.lend(version("three"), async () => inUse())).toBe("three");
  await expect(history.lend(version("three"), () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(inUse()).toBe("two");
  await back();
  expect(inUse()).toBe("one");
});

test("a look before the first deployment leaves nothing", async () => {
  await history.lend(version("one"), async () => {});
  expect(readdirSync(root)).toEqual([]);
});

test("what is in use stays, if anything is", async () => {
  await history.useUnlessKnown(version("one"));
  await history.useUnlessKnown(version("two"));
  expect(inUse()).toBe("one");
});

test("it leaves nothing behind", async () => {
  await deploy("one");
  await deploy("two");
  await history.forget();
  expect(readdirSync(root)).toEqual([]);
  expect(existsSync(root)).toBe(true);
});
