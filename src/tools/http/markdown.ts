import {
  ELEMENT_NODE,
  type ElementNode,
  type MdreamOptions,
  type Node,
  streamHtmlToMarkdown,
  type TransformPlugin,
} from "@mdream/js";
import { filterPlugin, isolateMainPlugin } from "@mdream/js/plugins";

export interface Readable {
  title: string;
  /** Empty when the page has no text. */
  markdown: string;
}

/** Parts of a page that are not its content. */
const FURNITURE = [
  "nav",
  "aside",
  "footer",
  "form",
  "button",
  "dialog",
  "iframe",
  "script",
  "style",
  "noscript",
  "template",
  "svg",
  "canvas",
  "[hidden]",
  "[aria-hidden=true]",
  "[role=navigation]",
  "[role=banner]",
  "[role=contentinfo]",
  "[role=dialog]",
  "[role=search]",
];
const NEVER_TEXT = ["script", "style", "noscript", "template", "svg", "canvas", "iframe"];

/** Below this many characters, what lies between a page's first heading and its footer is probably not all of it. */
const SUSPICIOUSLY_SHORT = 250;
/** Characters converted in one go: some milliseconds of work. */
const PIECE = 16 * 1024;

/**
 * The readable part of a page as Markdown: its main content if that can be told, links absolute. Works in one pass
 * without a DOM, and lets others run in between, so that no page, however large or hostile, holds up the agent.
 */
export async function htmlToReadable(html: string, baseUrl: string, signal: AbortSignal): Promise<Readable> {
  const { title, markdown } = await mostTelling((filters) => convert(html, baseUrl, filters, signal));
  return { title, markdown };
}

interface Converted extends Readable {
  /** The page says itself what its main part is. */
  hasMain: boolean;
}

/** The main part; the whole page when that is next to nothing; all its text when there is nothing else. */
async function mostTelling(
  converted: (filters: TransformPlugin[]) => Promise<Converted>,
): Promise<Converted> {
  const main = await converted([isolateMainPlugin(), filterPlugin({ exclude: FURNITURE })]);
  if (main.markdown.length >= (main.hasMain ? 1 : SUSPICIOUSLY_SHORT)) return main;
  const page = await converted([filterPlugin({ exclude: FURNITURE })]);
  if (page.markdown.length > main.markdown.length) return page;
  if (main.markdown !== "") return main;
  return converted([filterPlugin({ exclude: NEVER_TEXT })]);
}

async function convert(
  html: string,
  baseUrl: string,
  filters: TransformPlugin[],
  signal: AbortSignal,
): Promise<Converted> {
  const page = pageHooks(baseUrl);
  const options: Partial<MdreamOptions> = {
    plugins: { tagOverrides: { details: "div", summary: "p" } },
    clean: {
      emptyLinks: true,
      blankLines: true,
      emptyImages: true,
      emptyLinkText: true,
      redundantLinks: true,
    },
    hooks: [page.hooks, ...filters],
  };
  let markdown = "";
  for await (const part of streamHtmlToMarkdown(inPieces(html, signal), options)) markdown += part;
  const { title, hasMain } = page.found;
  return { title: title.replace(/\s+/g, " ").trim(), hasMain, markdown: markdown.trim() };
}

function inPieces(html: string, signal: AbortSignal): ReadableStream<string> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) return controller.error(signal.reason);
      if (at >= html.length) return controller.close();
      controller.enqueue(html.slice(at, at + PIECE));
      at += PIECE;
    },
  });
}

const isElement = (node: Node): node is ElementNode => node.type === ELEMENT_NODE;

const isInlined = ({ name, attributes }: ElementNode): boolean =>
  name === "img" && /^data:/i.test(attributes["src"] ?? "");

const textOf = (node: Node): string => ("value" in node && typeof node.value === "string" ? node.value : "");

/** Picks up the title, makes links absolute, drops images that are inlined into the page. */
function pageHooks(baseUrl: string): { hooks: TransformPlugin; found: { title: string; hasMain: boolean } } {
  let base = baseUrl;
  let titleElement: ElementNode | undefined;
  const found = { title: "", hasMain: false };
  const absolute = (element: ElementNode, name: string) => {
    const value = element.attributes[name];
    const url = value === undefined ? null : URL.parse(value, base);
    if (url) element.attributes[name] = url.href;
  };
  const hooks: TransformPlugin = {
    beforeNodeProcess({ node }) {
      if (isElement(node)) return isInlined(node) ? { skip: true } : undefined;
      if (node.parent?.name !== "title" || node.parent.parent?.name === "svg") return undefined;
      titleElement ??= node.parent;
      if (node.parent === titleElement) found.title += textOf(node); // it may come in two pieces
      return { skip: true };
    },
    processAttributes(element) {
      found.hasMain ||= element.name === "main";
      if (element.name === "base") base = URL.parse(element.attributes["href"] ?? "", baseUrl)?.href ?? base;
      absolute(element, "href");
      absolute(element, "src");
    },
  };
  return { hooks, found };
}
