import { drawChart } from "./chart.ts";
import { drawImage } from "./image.ts";

// What a report does in a page: draws its charts and pictures from the data beside their places.

document.documentElement.classList.add("drawn");
for (const figure of document.querySelectorAll<HTMLElement>("figure.chart")) drawChart(figure);
for (const canvas of document.querySelectorAll<HTMLCanvasElement>("canvas[data-pixels]")) drawImage(canvas);
