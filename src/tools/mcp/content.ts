import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/client";
import type { ToolResult } from "../../runtime/ports/tool.ts";

/** What a server answered, as text. What is no text is named, with its kind and size. */
export function toToolResult({ content, structuredContent, isError }: CallToolResult): ToolResult {
  const blocks = content.map(blockText).filter((text) => text !== "");
  // Servers repeat structured content as text (MCP 2025-11-25, Tools, Structured Content); some do not.
  const said = content.some(({ type }) => type === "text");
  const structured = structuredContent === undefined || said ? [] : [JSON.stringify(structuredContent)];
  const text = [...blocks, ...structured].join("\n\n");
  return {
    content: text === "" ? "[the tool gave no content]" : text,
    ...(isError === true && { isError }),
    metadata: { blocks: content.length },
  };
}

function blockText(block: ContentBlock): string {
  switch (block.type) {
    case "text":
      return block.text;
    case "image":
    case "audio":
      return `[${block.type}: ${block.mimeType}, ${decodedSize(block.data)}, not shown]`;
    case "resource_link":
      return `[resource: ${block.title ?? block.name}, ${block.uri}${block.description ? `: ${block.description}` : ""}]`;
    case "resource":
      return "text" in block.resource
        ? `[resource: ${block.resource.uri}]\n${block.resource.text}`
        : `[resource: ${block.resource.uri}, ${block.resource.mimeType ?? "binary"}, ${decodedSize(block.resource.blob)}, not shown]`;
    default:
      return "[content of an unknown kind, not shown]";
  }
}

const decodedSize = (base64: string): string =>
  `${Math.floor((base64.replace(/=+$/, "").length * 3) / 4)} bytes`;
