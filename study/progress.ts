/** Prints the progress of the study to the standard error output. */
export interface Progress {
  begin(experiment: string): void;
  done(run: string, accuracy: number): void;
  end(): void;
}

/** @param total The number of runs. On a terminal one line is overwritten, else each experiment has a line. */
export const progress = (total: number): Progress => {
  const { stderr } = process;
  const start = performance.now();
  let runs = 0;
  const elapsed = (): string => `${((performance.now() - start) / 60_000).toFixed(1)} min`;
  const write = (text: string): void => {
    stderr.write(stderr.isTTY ? `\r\u001b[2K${text.slice(0, (stderr.columns ?? 80) - 1)}` : `${text}\n`);
  };
  let current = "";
  return {
    begin: (experiment) => {
      current = experiment;
      write(`${runs}/${total} runs, ${elapsed()}: ${experiment}`);
    },
    done: (run, accuracy) => {
      runs++;
      if (stderr.isTTY) {
        write(
          `${runs}/${total} runs, ${elapsed()}: ${current}: ${run}${Number.isNaN(accuracy) ? "" : `: ${(100 * accuracy).toFixed(2)} %`}`,
        );
      }
    },
    end: () => {
      write(`${runs}/${total} runs, ${elapsed()}`);
      if (stderr.isTTY) stderr.write("\n");
    },
  };
};
