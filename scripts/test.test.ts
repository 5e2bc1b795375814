import { expect, test } from "bun:test";
import { countTests } from "./test.ts";

test("counts are read from the summary, not from what tests print", () => {
  const output = `bun test v1.4.5
src/a.test.ts:
(fail) there are 12 pass and 3 fail
 7 pass of something

 199 pass
 2 skip
 1 fail
 663 expect() calls
Ran 202 tests across 8 files. [654.00ms]
`;
  expect(countTests(output)).toEqual({ passed: 199, failed: 1, skipped: 2 });
  expect(countTests("crashed")).toEqual({ passed: 0, failed: 0, skipped: 0 });
});
