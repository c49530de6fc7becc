// The public surface of gradus/table: named exports, nothing else.
export {};
