import fc from "fast-check";

/** How a model of a made-up file has its arguments. */
interface Shape {
  args: string[];
  count: number | undefined;
  /** Of the file's notations: what is in braces, where the block and the list come from, what has an anchor. */
  entryFlow: boolean;
  blockFlow: boolean;
  listFlow: boolean;
  block: "own" | "alias" | "merged" | "merge-into" | "none" | "null";
  list: "own" | "alias" | "none" | "null";
  anchors: { entry: boolean; block: boolean; list: boolean; item: boolean; count: boolean };
  itemAlias: boolean;
  comments: boolean;
  blank: boolean;
  /** Which of what is there to be used. */
  pick: number;
}

const ARGS = [
  "--a=1",
  "--a=2",
  "--a=3",
  "--b",
  "--c=x y",
  "--d={{.Name}}",
  "--e=[1, 2]",
  "--f=a: b",
  "no",
  "1e3",
  "# not",
  "it's",
  "é",
];
export const argsArbitrary = fc.array(fc.constantFrom(...ARGS), { maxLength: 4 });
const often = fc.boolean();
const seldom = fc.constantFrom(false, false, true);

const shape: fc.Arbitrary<Shape> = fc.record({
  args: argsArbitrary,
  count: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  entryFlow: seldom,
  blockFlow: seldom,
  listFlow: often,
  block: fc.constantFrom<Shape["block"]>(
    "own",
    "own",
    "own",
    "alias",
    "merged",
    "merge-into",
    "none",
    "null",
  ),
  list: fc.constantFrom<Shape["list"]>("own", "own", "alias", "none", "null"),
  anchors: fc.record({ entry: seldom, block: often, list: often, item: seldom, count: seldom }),
  itemAlias: seldom,
  comments: often,
  blank: seldom,
  pick: fc.nat(50),
});

/** A file of the notations that people use, in one of the ways that editors save it. */
export interface MadeFile {
  text: string;
  /** How many models it has: m0, m1, … */
  count: number;
}

export const fileArbitrary: fc.Arbitrary<MadeFile> = fc
  .record({
    shapes: fc.array(shape, { minLength: 1, maxLength: 5 }),
    fallback: fc.option(shape, { nil: undefined }),
    fallbackFirst: fc.boolean(),
    crlf: seldom,
    bom: seldom,
    unended: seldom,
    dense: fc.boolean(),
    padded: fc.boolean(),
  })
  .map((plan) => ({ text: written(plan), count: plan.shapes.length }));

interface Plan {
  shapes: Shape[];
  fallback: Shape | undefined;
  fallbackFirst: boolean;
  crlf: boolean;
  bom: boolean;
  unended: boolean;
  dense: boolean;
  padded: boolean;
}

/** Anchors so far. */
interface Names {
  entries: string[];
  blocks: string[];
  lists: string[];
  items: string[];
  counts: string[];
}

function written({ shapes, fallback, fallbackFirst, crlf, bom, unended, dense, padded }: Plan): string {
  const names: Names = { entries: [], blocks: ["shared"], lists: ["list"], items: [], counts: [] };
  const room = padded ? " " : "";
  const standard = (): string[] => {
    const lines = fallback === undefined ? [] : serving(fallback, "9", names, "  ", room, dense);
    return lines.length === 0 ? [] : ["default:", ...lines];
  };
  const lines = [
    "# head",
    "x-list: &list [--s=1, --t] # shared list",
    "x-shared: &shared",
    "  # of the block",
    "  args: *list",
    "  gpu_count: 1",
  ];
  if (fallbackFirst) lines.push(...standard());
  lines.push("model-car:");
  const dash = dense ? "- " : "  - ";
  for (const [i, one] of shapes.entries()) lines.push(...entry(one, `${i}`, names, dash, room, dense));
  if (!fallbackFirst) lines.push(...standard());
  const text = lines.join(crlf ? "\r\n" : "\n");
  return `${bom ? "\uFEFF" : ""}${text}${unended ? "" : crlf ? "\r\n" : "\n"}`;
}

function entry(one: Shape, id: string, names: Names, dash: string, room: string, dense: boolean): string[] {
  const column = " ".repeat(dash.length);
  const above = [...(one.blank ? [""] : []), ...(one.comments ? [`${column.slice(2)}# above ${id}`] : [])];
  const anchor = one.anchors.entry ? `&m${id} ` : "";
  const merge = one.block === "merged" ? pickOf(names.entries, one.pick) : undefined;
  const shownMerge = merge === undefined ? [] : [`<<: *${merge}`];
  const fields = [...shownMerge, `name: m${id}`, `image: "oci://r/m:${id}"`];
  let lines: string[];
  if (one.entryFlow) {
    const inside = flowServing(one, id, names, room);
    lines = [
      `${dash}${anchor}{${room}${[...fields, ...inside].join(", ")}${room}}${one.comments ? ` # beside ${id}` : ""}`,
    ];
  } else {
    const heads = anchor === "" ? [] : [`${dash}${anchor.trim()}`];
    const [first = "", ...rest] = fields;
    const body = [
      anchor === "" ? `${dash}${first}` : `${column}${first}`,
      ...rest.map((field, i) => `${column}${field}${one.comments && i === 0 ? `   # beside ${id}` : ""}`),
    ];
    lines = [...heads, ...body, ...serving(one, id, names, column, room, dense)];
  }
  if (one.anchors.entry) names.entries.push(`m${id}`);
  return [...above, ...lines];
}

const pickOf = (from: readonly string[], pick: number): string | undefined =>
  from[pick % Math.max(1, from.length)];

function serving(
  one: Shape,
  id: string,
  names: Names,
  indent: string,
  room: string,
  dense: boolean,
): string[] {
  const note = one.comments ? ` # serving ${id}` : "";
  if (one.block === "none" || one.block === "merged") return [];
  if (one.block === "null") return [`${indent}serving_arguments:${note}`];
  if (one.block === "alias") return [`${indent}serving_arguments: *${pickOf(names.blocks, one.pick)}${note}`];
  if (one.blockFlow) return [`${indent}${flowServing(one, id, names, room)[0]}${note}`];
  const anchor = one.anchors.block ? ` &s${id}` : "";
  const inner = `${indent}  `;
  const lines = [`${indent}serving_arguments:${anchor}${note}`];
  if (one.block === "merge-into") lines.push(`${inner}<<: *${pickOf(names.blocks, one.pick)}`);
  if (one.count !== undefined && one.pick % 2 === 0) lines.push(`${inner}${countText(one, id, names)}`);
  const own = listLines(one, id, names, inner, room, dense);
  lines.push(...own);
  if (one.count !== undefined && one.pick % 2 === 1)
    lines.push(`${inner}${countText(one, id, names)}${one.comments ? `   # count ${id}` : ""}`);
  if (lines.length === 1) lines.push(`${inner}gpu_count: 1`);
  if (one.anchors.block) names.blocks.push(`s${id}`);
  return lines;
}

function countText(one: Shape, id: string, names: Names): string {
  const used = one.itemAlias ? pickOf(names.counts, one.pick) : undefined;
  if (used !== undefined) return `gpu_count: *${used}`;
  if (!one.anchors.count) return `gpu_count: ${one.count}`;
  names.counts.push(`n${id}`);
  return `gpu_count: &n${id} ${one.count}`;
}

function listLines(
  one: Shape,
  id: string,
  names: Names,
  indent: string,
  room: string,
  dense: boolean,
): string[] {
  const note = one.comments ? ` # list ${id}` : "";
  if (one.list === "none") return [];
  if (one.list === "null") return [`${indent}args:${note}`];
  if (one.list === "alias") return [`${indent}args: *${pickOf(names.lists, one.pick)}${note}`];
  if (one.listFlow && one.comments && one.args.length > 0) return spread(one, id, names, indent);
  if (one.listFlow || one.args.length === 0)
    return [`${indent}args: ${flowList(one, id, names, room)}${note}`];
  const anchor = one.anchors.list ? ` &l${id}` : "";
  const items = itemsOf(one, id, names).map((item, i) => [
    ...(one.comments && i === 1 ? [`${indent}${dense ? "" : "  "}# over ${id}.${i}`] : []),
    `${indent}${dense ? "" : "  "}- ${item}${one.comments ? ` # item ${id}.${i}` : ""}`,
  ]);
  if (one.anchors.list) names.lists.push(`l${id}`);
  return [`${indent}args:${anchor}${note}`, ...items.flat()];
}

/** In brackets, over several lines, with remarks. */
function spread(one: Shape, id: string, names: Names, indent: string): string[] {
  const anchor = one.anchors.list ? ` &l${id}` : "";
  const items = itemsOf(one, id, names);
  const lines = items.map((item, i) => {
    const comma = i < items.length - 1 || one.pick % 3 === 0 ? "," : "";
    return `${indent}    ${item}${comma}${i % 2 === 0 ? ` # item ${id}.${i}` : ""}`;
  });
  if (one.anchors.list) names.lists.push(`l${id}`);
  return [`${indent}args:${anchor} [`, ...lines, `${indent}  ]`];
}

function itemsOf(one: Shape, id: string, names: Names): string[] {
  const fresh: string[] = [];
  const items = one.args.map((arg, i) => {
    const used = one.itemAlias && i === 0 ? pickOf(names.items, one.pick) : undefined;
    if (used !== undefined) return `*${used}`;
    const text = /^--[\w=]+$/.test(arg)
      ? arg
      : i % 2 === 0
        ? JSON.stringify(arg)
        : `'${arg.replaceAll("'", "''")}'`;
    if (!one.anchors.item) return text;
    fresh.push(`i${id}.${i}`);
    return `&i${id}.${i} ${text}`;
  });
  names.items.push(...fresh);
  return items;
}

const flowList = (one: Shape, id: string, names: Names, room: string): string => {
  const anchor = one.anchors.list ? `&l${id} ` : "";
  const items = itemsOf(one, id, names);
  if (one.anchors.list) names.lists.push(`l${id}`);
  return `${anchor}[${items.length > 0 ? room : ""}${items.join(", ")}${items.length > 0 ? room : ""}]`;
};

function flowServing(one: Shape, id: string, names: Names, room: string): string[] {
  if (one.block === "none" || one.block === "merged") return [];
  if (one.block === "null") return ["serving_arguments: null"];
  if (one.block === "alias") return [`serving_arguments: *${pickOf(names.blocks, one.pick)}`];
  const parts: string[] = [];
  if (one.block === "merge-into") parts.push(`<<: *${pickOf(names.blocks, one.pick)}`);
  if (one.list === "own") parts.push(`args: ${flowList(one, id, names, room)}`);
  if (one.list === "alias") parts.push(`args: *${pickOf(names.lists, one.pick)}`);
  if (one.count !== undefined) parts.push(countText(one, id, names));
  const anchor = one.anchors.block ? `&s${id} ` : "";
  if (one.anchors.block) names.blocks.push(`s${id}`);
  return [`serving_arguments: ${anchor}{${room}${parts.join(", ")}${parts.length > 0 ? room : ""}}`];
}
