import { trusted } from "../../../base/html/markup.ts";

/** Charts and samples, beside what all our pages share. */
export const STYLE = trusted(`
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 16px; } .two .card { margin: 0; min-width: 0; }
svg { width: 100%; height: auto; display: block; margin-top: 12px; } .grid { stroke: var(--line); }
.tick { fill: var(--soft); font-size: 12px; } .bar.baseline { fill: var(--float); } .bar.deployed { fill: var(--ours); fill-opacity: .8; }
.bar:hover { fill-opacity: 1; } .float-layer { fill: none; stroke: var(--warn); stroke-width: 1.5; }
.mark { stroke: var(--bad); stroke-dasharray: 4 3; } .mark-text { fill: var(--bad); font-size: 11px; }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin: 0 5px 0 14px; background: var(--float); }
.key:first-child { margin-left: 0; } .key.ours { background: var(--ours); } .key.open { background: none; border: 2px solid var(--warn); border-radius: 50%; }
.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 14px; margin-top: 12px; }
figure { margin: 0; min-width: 0; } figure img, .no-image { width: 100%; aspect-ratio: 1; object-fit: contain; background: var(--page); border: 1px solid var(--line); border-radius: 8px; display: block; }
.no-image { display: grid; place-items: center; color: var(--soft); font-size: 12px; }
figcaption { font-size: 13px; margin-top: 6px; overflow-wrap: anywhere; line-height: 1.4; }
@media (max-width: 560px) { .two { grid-template-columns: 1fr; } .verdict strong, th, th.number { white-space: normal; } }
`);
