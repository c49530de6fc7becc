// The public surface of gradus/report: named exports, nothing else.
export { inspector } from "./inspector.ts";
export type { InspectorOptions } from "./inspectorOptions.ts";
export { type Reported, type ReportOptions, renderReport } from "./renderReport.ts";
export { saveReport } from "./saveReport.ts";
export { type SparklineOptions, sparkline } from "./sparkline.ts";
export { type TextReportOptions, textReport } from "./textReport.ts";
