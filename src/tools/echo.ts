import * as z from "../base/zod.ts";
import { toolFactory } from "./factory.ts";
import { zodTool } from "./zod-tool.ts";

const input = () => z.strictObject({ message: z.described(z.string(), "Text to give back.") });

/** Gives back what it gets: for trying out an agent's tool calls without touching the world. */
export const echo = toolFactory({
  name: "echo",
  summary: "Gives back the text it gets.",
  options: () => z.strictObject({}),
  open: async ({ name }) => ({
    tools: [
      zodTool({
        name,
        description: "Gives back the message unchanged. Useful to try out tool calls.",
        input: input(),
        run: async ({ message }) => ({ content: message }),
      }),
    ],
  }),
});
