/** The program of a page, as JavaScript. */
export const program: string;
/** The styles of a page. */
export const style: string;
/** The licence of the library in the program. */
export const licence: string;
