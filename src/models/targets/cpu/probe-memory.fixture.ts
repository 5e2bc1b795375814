import { openOrt } from "../../ort/open-ort.ts";
import { probeMemory } from "./peak-memory.ts";

/** Stands for the program, which does this for its hidden command. */
const probe = JSON.parse(process.argv.at(-1)!);
console.log(JSON.stringify(await probeMemory(probe, await openOrt({ cacheDir: "/not/used/from/source" }))));
