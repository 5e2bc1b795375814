/** Lines for a terminal out of what others wrote: without control characters, which could change what it shows. */
export const plainLines = (lines: readonly string[]): string[] =>
  lines.map((line) =>
    line.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ").trim(),
  );
