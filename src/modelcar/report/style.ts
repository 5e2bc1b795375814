import { trusted } from "../../base/html/markup.ts";

/** Memory bars and verdicts, beside what all our pages share. The colours are told apart without seeing red or green, too. */
export const STYLE = trusted(`
:root { --weights: #2f62c9; --cache: #1d9a8a; --activations: #d9902f; --graphs: #9a63c4; --overhead: #8792a2; --empty: #e9ecf1; }
@media (prefers-color-scheme: dark) { :root { --weights: #5d8df0; --cache: #3cbcab; --activations: #e5a64c; --graphs: #b98ade; --overhead: #7d8794; --empty: #262b32; } }
svg.memory { width: 100%; height: 30px; display: block; margin-top: 10px; } svg.memory.thin { height: 12px; margin-top: 3px; }
.term.weights { fill: var(--weights); } .term.cache { fill: var(--cache); } .term.activations { fill: var(--activations); }
.term.graphs { fill: var(--graphs); } .term.overhead { fill: var(--overhead); } .empty { fill: var(--empty); }
.budget { stroke: var(--bad); stroke-width: 2; stroke-dasharray: 5 3; vector-effect: non-scaling-stroke; }
.over { fill: var(--bad); } .tick { color: var(--soft); font-size: 13px; margin: 4px 0 0; }
.devices { display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: 10px 20px; margin-top: 8px; }
.device { font-size: 13px; display: flex; flex-wrap: wrap; justify-content: space-between; align-content: flex-end; column-gap: 10px; }
.device span { overflow-wrap: anywhere; } .device svg { flex: 0 0 100%; } .runs { font-weight: 600; }
.legend { line-height: 1.9; } .legend > span { white-space: nowrap; margin-right: 14px; }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 5px; } .key.over { background: var(--bad); }
.key.weights { background: var(--weights); } .key.cache { background: var(--cache); } .key.activations { background: var(--activations); }
.key.graphs { background: var(--graphs); } .key.overhead { background: var(--overhead); }
.badge { display: inline-block; font-size: 12.5px; font-weight: 650; padding: 1px 9px; border-radius: 999px; white-space: nowrap; background: var(--warn-bg); color: var(--warn); }
.badge.go { background: var(--good-bg); color: var(--good); } .badge.no { background: var(--bad-bg); color: var(--bad); }
.models table { font-size: 13.5px; } .models td { overflow-wrap: break-word; } .models th { white-space: normal; vertical-align: bottom; }
.name, .on { width: max-content; min-width: 100%; max-width: 24em; overflow-wrap: anywhere; }
@media (max-width: 820px) { .models thead { display: none; } .models tbody, .models tr, .models td { display: block; }
  .models tr { padding: 9px 0; border-bottom: 1px solid var(--line); } .models tr:last-child { border-bottom: 0; }
  .models td { border: 0; padding: 1px 0; text-align: left; white-space: normal; min-width: 0; } .name, .on { width: auto; max-width: none; }
  .models td:nth-child(n + 3) { display: flex; gap: 10px; flex-wrap: wrap; align-items: baseline; }
  .models td:nth-child(n + 3)::before { color: var(--soft); flex: 0 0 8.5em; } .models td:nth-child(3)::before { content: "Parameters"; }
  .models td:nth-child(4)::before { content: "Needs a GPU"; } .models td:nth-child(5)::before { content: "Margin"; }
  .models td:nth-child(6)::before { content: "Longest context"; } .models td:empty { display: none; } }
.verdict.unknown { border-left-color: var(--warn); background: var(--warn-bg); } .verdict.unknown strong { color: var(--warn); }
.model h2 { display: flex; gap: 10px; align-items: center; flex-wrap: wrap; overflow-wrap: anywhere; }
ul { margin: 8px 0 0; padding-left: 20px; } li { margin: 3px 0; overflow-wrap: anywhere; } .checks { list-style: none; padding-left: 0; }
.checks li::before { content: "✓"; color: var(--good); display: inline-block; width: 20px; } .checks li.failed::before { content: "✗"; color: var(--bad); }
.checks li.skipped::before { content: "–"; color: var(--soft); } .changes { background: var(--page); border-radius: 8px; padding: 10px 14px; margin-top: 10px; }
h3 + * { margin-top: 8px; }
@media print { .card { border-color: #bbb; } }
`);
