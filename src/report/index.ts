// The public surface of gradus/report: named exports, nothing else.
export { inspector } from "./inspect/inspector.ts";
export type { InspectorOptions } from "./inspect/inspectorOptions.ts";
export { type SparklineOptions, sparkline } from "./page/sparkline.ts";
export { type Reported, type ReportOptions, renderReport } from "./renderReport.ts";
export { saveReport } from "./saveReport.ts";
export { type TextReportOptions, textReport } from "./textReport.ts";
