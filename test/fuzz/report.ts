import fc from 'fast-check';

/**
 * Preloaded before a test file: its properties take their cases and their seed from FUZZ_RUNS and FUZZ_SEED, and tell
 * the parent process how many cases each has tried.
 */
export interface Told {
  cases?: number;
  /** Of histories that were checked for linearizability. */
  operations?: number;
}

fc.configureGlobal({
  numRuns: Number(process.env.FUZZ_RUNS),
  seed: Number(process.env.FUZZ_SEED),
  reporter(details) {
    process.send?.({ cases: details.numRuns } satisfies Told);
    if (details.failed) throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
  },
});
