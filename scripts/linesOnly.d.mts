/** The mappings of a source map, by lines alone. */
export const linesOnly: (mappings: string) => string;
