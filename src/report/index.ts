// The public surface of gradus/report: named exports, nothing else.
export {};
