import { expect, test } from "bun:test";
import { cacheFolder, findCacheFolder } from "./cache-folder.ts";

test("it is below XDG_CACHE_HOME, else in the folder for data that is named, else below HOME", () => {
  const env = { HOME: "/home/me" };
  const named = { ...env, AGENT2389_DATA_DIR: "data" };
  expect(cacheFolder({ ...named, XDG_CACHE_HOME: "/caches" }, "/work")).toBe("/caches/agent2389");
  expect(cacheFolder({ ...named, XDG_CACHE_HOME: "relative" }, "/work")).toBe("/work/data/cache");
  expect(cacheFolder(env, "/work")).toBe("/home/me/.cache/agent2389");
});

test("with none of them there is no folder, and what to do is told", () => {
  for (const env of [{}, { HOME: "", XDG_CACHE_HOME: "" }, { HOME: "relative" }]) {
    expect(findCacheFolder(env, "/work")).toBeUndefined();
    expect(() => cacheFolder(env, "/work")).toThrow("there is no folder for caches");
  }
});
