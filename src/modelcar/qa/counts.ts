/** What a run of pytest counted. */
export interface TestCounts {
  passed: number;
  failed: number;
  errors: number;
  skipped: number;
}

/**
 * The counts of a JUnit report as pytest writes it (`--junitxml`): the attributes of its `<testsuite>`s. Undefined when it
 * has none.
 */
export function junitCounts(xml: string): TestCounts | undefined {
  const suites = [...xml.matchAll(/<testsuite\s[^>]*>/g)].map(([tag]) => ({
    tests: attribute(tag, "tests"),
    failed: attribute(tag, "failures"),
    errors: attribute(tag, "errors"),
    skipped: attribute(tag, "skipped"),
  }));
  if (suites.length === 0) return undefined;
  const sum = (of: (suite: (typeof suites)[number]) => number): number =>
    suites.reduce((all, one) => all + of(one), 0);
  const [failed, errors, skipped] = [sum((s) => s.failed), sum((s) => s.errors), sum((s) => s.skipped)];
  return { failed, errors, skipped, passed: Math.max(0, sum((s) => s.tests) - failed - errors - skipped) };
}

const attribute = (tag: string, name: string): number =>
  Number(new RegExp(`\\s${name}="(\\d+)"`).exec(tag)?.[1] ?? 0);

/** The counts of the last line of pytest's summary: `== 1 failed, 2 passed, 3 skipped in 4.05s ==`. */
export function summaryCounts(output: string): TestCounts | undefined {
  const plain = output.replace(/\u001b\[[\d;]*m/g, "");
  const line = [...plain.matchAll(/^=+ (.*\bin [\d.]+s.*?) =+$/gm)].at(-1)?.[1];
  if (line === undefined) return undefined;
  const counted = (word: string): number => Number(new RegExp(`(\\d+) ${word}\\b`).exec(line)?.[1] ?? 0);
  return {
    passed: counted("passed"),
    failed: counted("failed"),
    errors: counted("errors?"),
    skipped: counted("skipped") + counted("deselected"),
  };
}
