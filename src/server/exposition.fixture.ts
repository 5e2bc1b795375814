/** A strict reader of the Prometheus text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats */

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Family {
  type: string;
  help: string;
  samples: Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([^\s{]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)/;
const TYPES = new Set(["counter", "gauge", "histogram", "summary", "untyped"]);

/** The metric families of a text; throws where it breaks a rule of the format. */
export function readExposition(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line must end with a line feed");
  const families = new Map<string, Family>();
  const series = new Set<string>();
  let current: { name: string; family: Family } | undefined;
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment) {
      const [, kind, name, rest] = comment as unknown as [string, string, string, string];
      if (kind === "HELP") {
        if (families.has(name)) throw new Error(`${name} comes twice`);
        current = { name, family: { type: "", help: rest, samples: [] } };
        families.set(name, current.family);
      } else if (current?.name !== name || current.family.type !== "")
        throw new Error(`stray TYPE of ${name}`);
      else if (!TYPES.has(rest)) throw new Error(`unknown type ${rest}`);
      else current.family.type = rest;
      continue;
    }
    const sample = readSample(line);
    if (!current || !belongs(sample.name, current.name, current.family.type))
      throw new Error(`stray sample: ${line}`);
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (series.has(key)) throw new Error(`series comes twice: ${line}`);
    series.add(key);
    current.family.samples.push(sample);
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

function readSample(line: string): Sample {
  const [, name, labelText = "", valueText] = SAMPLE.exec(line) ?? [];
  if (!name || !valueText || !NAME.test(name)) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  for (let rest = labelText; rest !== ""; ) {
    const match = LABEL.exec(rest);
    if (!match || Object.hasOwn(labels, match[1]!)) throw new Error(`bad labels: ${line}`);
    labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, c) => (c === "n" ? "\n" : c));
    rest = rest.slice(match[0].length);
    if (match[3] === "," && rest === "") throw new Error(`bad labels: ${line}`);
  }
  const value = { "+Inf": Infinity, "-Inf": -Infinity, NaN: Number.NaN }[valueText] ?? Number(valueText);
  if (Number.isNaN(value) && valueText !== "NaN") throw new Error(`no value: ${line}`);
  return { name, labels, value };
}

const belongs = (sample: string, family: string, type: string): boolean =>
  type === "histogram" ? new RegExp(`^${family}_(bucket|sum|count)$`).test(sample) : sample === family;

function checkFamily(name: string, { type, help, samples }: Family): void {
  if (!NAME.test(name) || type === "" || help.trim() === "")
    throw new Error(`${name} lacks its type or help`);
  if (type === "counter") {
    if (!name.endsWith("_total")) throw new Error(`${name}: a counter ends in _total`);
    if (samples.some(({ value }) => !(value >= 0))) throw new Error(`${name}: a counter is no amount`);
  }
  if (type === "histogram") checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: Sample[]): void {
  const groups = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) => JSON.stringify(labels));
  for (const [labels, group] of groups) {
    const part = (suffix: string) => group.filter((sample) => sample.name === `${name}_${suffix}`);
    const buckets = part("bucket").map(({ labels: { le }, value }) => ({
      le: le === "+Inf" ? Infinity : Number(le),
      value,
    }));
    const ascending = buckets.every(
      ({ le, value }, i) => i === 0 || (le > buckets[i - 1]!.le && value >= buckets[i - 1]!.value),
    );
    const [count] = part("count");
    if (!ascending || part("sum").length !== 1 || part("count").length !== 1)
      throw new Error(`${name}${labels}`);
    const last = buckets.at(-1);
    if (last?.le !== Infinity || last.value !== count!.value)
      throw new Error(`${name}${labels}: no +Inf bucket`);
  }
}
