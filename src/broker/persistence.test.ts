import { test } from "bun:test";
import assert from "node:assert";
import abstractPersistence from "aedes-persistence/abstract.js";
import { openDatabase } from "./database.ts";
import { opened } from "./opened.fixture.ts";
import { sqlitePersistence } from "./persistence.ts";

const { folder } = opened();

/** Counts assertions, since the contract suite says how many it makes. */
function counting() {
  let made = 0;
  const counted = new Proxy(assert, {
    get(target, name, receiver) {
      made += 1;
      return Reflect.get(target, name, receiver);
    },
  });
  return { counted, made: () => made };
}

/** Runs the contract suite of aedes, written for node:test, under bun:test. */
function contract(title: string, open: () => object): void {
  abstractPersistence({
    testAsync: true,
    persistence: open,
    test: (name, run) =>
      test(`${title}: ${name}`, async () => {
        const { counted, made } = counting();
        let planned: number | undefined;
        await run({ plan: (n) => (planned = n), diagnostic() {}, assert: counted });
        if (planned !== undefined) assert.equal(made(), planned, "assertions made");
      }),
  });
}

const options = { durability: "normal", now: Date.now, onFailure() {} } as const;

contract("memory", () => sqlitePersistence(openDatabase(options)));
contract("disk", () => sqlitePersistence(openDatabase({ ...options, dir: folder() })));
