/** An observation about a run, for its report: what a reader of the curves should notice. */
export interface Finding {
  readonly level: "good" | "watch" | "bad";
  readonly text: string;
}
