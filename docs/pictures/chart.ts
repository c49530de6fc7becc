/** Charts as SVG text, for the pictures of docs/. Their background is white, so that they are readable on a dark page. */

export const colours = {
  blue: "#1f6feb",
  orange: "#d1570b",
  green: "#1a7f37",
  purple: "#8250df",
  red: "#cf222e",
  grey: "#59636e",
} as const;

export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** The position of each mark, with its text if that is not the number. */
  readonly ticks: readonly (number | readonly [at: number, text: string])[];
  /** Whether equal distances mean equal ratios. */
  readonly logarithmic?: boolean;
}

type Point = readonly [x: number, y: number];

export interface Line {
  readonly label: string;
  readonly colour: string;
  readonly points: readonly Point[];
  readonly dashed?: boolean;
  /** A dot at each point. */
  readonly dots?: boolean;
  readonly width?: number;
}

/** The area between two lines with the same x. */
export interface Band {
  readonly colour: string;
  readonly points: readonly (readonly [x: number, low: number, high: number])[];
}

export interface Panel {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  readonly bands?: readonly Band[];
}

const ink = "#1f2328";
const faint = "#d8dee4";
const [margin, titleHeight, legendRow, axisHeight, axisWidth] = [14, 22, 15, 36, 46];

export const text = (x: number, y: number, content: string, more = ""): string =>
  `<text x="${round(x)}" y="${round(y)}"${more}>${content.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;

export const round = (value: number): string => value.toFixed(1).replace(/\.0$/, "").replace(/^-0$/, "0");

/** A picture with a label for screen readers. */
export const picture = (width: number, height: number, label: string, content: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    ` font-family="system-ui, sans-serif" font-size="11" role="img" aria-label="${label}">`,
    "<!-- Drawn by docs/pictures/main.ts. -->",
    `<rect width="${width}" height="${height}" rx="6" fill="#ffffff"/>`,
    ...content,
    "</svg>",
    "",
  ].join("\n");

interface Entry {
  readonly x: number;
  readonly row: number;
  readonly line: Line;
}

/** The names of lines, one after the other, in as many rows as they need. */
const flow = (lines: readonly Line[], width: number): readonly Entry[] => {
  let [x, row] = [0, 0];
  return lines
    .filter(({ label }) => label)
    .map((line) => {
      const wide = 44 + 6.1 * line.label.length;
      if (x > 0 && x + wide > width) [x, row] = [0, row + 1];
      x += wide;
      return { x: x - wide, row, line };
    });
};

const rowsOf = (entries: readonly Entry[]): number => (entries.at(-1)?.row ?? -1) + 1;

const legendText = (entries: readonly Entry[], left: number, top: number): string =>
  entries
    .map(({ x, row, line: { label, colour, dashed } }) => {
      const y = top + row * legendRow;
      const dashes = dashed ? ' stroke-dasharray="5 3"' : "";
      return (
        `<path d="M${round(left + x)} ${round(y - 4)}h20" stroke="${colour}" stroke-width="2.4"${dashes}/>` +
        text(left + x + 25, y, label, ` fill="${ink}"`)
      );
    })
    .join("\n");

/**
 * Panels side by side, each of the given size. If only the first one names its lines, all panels share its legend, which is
 * above them; else each panel has a legend.
 */
export const charts = (label: string, panels: readonly Panel[], width: number, height: number): string => {
  const left = margin + axisWidth;
  const shared = panels.slice(1).every(({ lines }) => lines.every((line) => !line.label));
  const all = shared ? flow(panels[0].lines, panels.length * width - left - margin) : [];
  const own = panels.map(({ lines }) => (shared ? [] : flow(lines, width - left - margin)));
  const above = shared ? legendRow * rowsOf(all) + 2 : 0;
  const legend = legendRow * Math.max(...own.map(rowsOf));
  const total = titleHeight + legend + height;
  const content = panels.map((panel, index) =>
    [
      `<g transform="translate(${index * width} ${above})">`,
      panelText(panel, width, total, titleHeight + legend),
      legendText(own[index], left, margin + titleHeight + 6),
      "</g>",
    ].join("\n"),
  );
  return picture(panels.length * width, above + total + margin, label, [legendText(all, left, margin + 9), ...content]);
};

const scale = ({ from, to, logarithmic }: Axis, start: number, end: number): ((value: number) => number) => {
  const warp = logarithmic ? Math.log10 : (value: number): number => value;
  return (value) => start + ((warp(value) - warp(from)) / (warp(to) - warp(from))) * (end - start);
};

const panelText = ({ title, x, y, lines, bands = [] }: Panel, width: number, height: number, above: number): string => {
  const [left, right, top, bottom] = [margin + axisWidth, width - margin, margin + above, height - axisHeight + margin];
  const toX = scale(x, left, right);
  const toY = scale(y, bottom, top);
  // Points outside are drawn at the edge, so that a curve visibly leaves the picture.
  const within = (value: number): number => Math.min(Math.max(value, top), bottom);
  const at = ([px, py]: Point): string => `${round(toX(px))} ${round(within(toY(py)))}`;
  const ticks = (axis: Axis): (readonly [number, string])[] =>
    axis.ticks.map((tick) => (typeof tick === "number" ? [tick, String(tick)] : tick));
  const drawn = [text(left, margin + 9, title, ` font-size="13" font-weight="600" fill="${ink}"`)];
  for (const [value, name] of ticks(y)) {
    drawn.push(`<path d="M${round(left)} ${round(toY(value))}H${round(right)}" stroke="${faint}"/>`);
    drawn.push(text(left - 6, toY(value) + 4, name, ` text-anchor="end" fill="${colours.grey}"`));
  }
  for (const [value, name] of ticks(x)) {
    drawn.push(text(toX(value), bottom + 15, name, ` text-anchor="middle" fill="${colours.grey}"`));
  }
  drawn.push(text((left + right) / 2, bottom + 31, x.label, ` text-anchor="middle" fill="${colours.grey}"`));
  const middle = (top + bottom) / 2;
  drawn.push(
    text(
      margin,
      middle,
      y.label,
      ` text-anchor="middle" fill="${colours.grey}" transform="rotate(-90 ${margin} ${round(middle)})"`,
    ),
  );
  for (const { colour, points } of bands) {
    const there = points.map(([px, low]) => at([px, low]));
    const back = points.map(([px, , high]) => at([px, high])).reverse();
    drawn.push(`<path d="M${[...there, ...back].join("L")}Z" fill="${colour}" fill-opacity="0.16"/>`);
  }
  for (const { colour, points, dashed, dots, width: thickness = 1.8 } of lines) {
    const dashes = dashed ? ' stroke-dasharray="5 3"' : "";
    if (thickness > 0) {
      drawn.push(
        `<path d="M${points.map(at).join("L")}" fill="none" stroke="${colour}" stroke-width="${thickness}" stroke-linejoin="round"${dashes}/>`,
      );
    }
    if (dots) {
      for (const point of points) {
        const [cx, cy] = at(point).split(" ");
        drawn.push(`<circle cx="${cx}" cy="${cy}" r="${thickness > 0 ? 2.6 : 1.6}" fill="${colour}"/>`);
      }
    }
  }
  return drawn.join("\n");
};
