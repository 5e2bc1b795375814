/** `1,234.5 MiB`, or GiB from one up. */
export const mebibytes = (bytes: number): string =>
  bytes >= 1_073_741_824
    ? `${(bytes / 1_073_741_824).toFixed(2)} GiB`
    : `${(bytes / 1_048_576).toFixed(1)} MiB`;

/** `8.03 billion`, `360 million`. */
export const countText = (count: number): string =>
  count >= 1e9 ? `${(count / 1e9).toFixed(2)} billion` : `${(count / 1e6).toFixed(0)} million`;

/** Lines for a terminal out of what others wrote: without control characters, which could change what it shows. */
export const plainLines = (lines: readonly string[]): string[] =>
  lines.map((line) =>
    line.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ").trim(),
  );
