/** One call as its client saw it; times of one clock, in whatever unit. */
export interface Operation<I, O> {
  input: I;
  output: O;
  called: number;
  returned: number;
}

/** What an object does when its operations come one by one. States are values: `step` changes none. */
export interface Model<S, I, O> {
  initial: S;
  /** The state after an operation with this output; undefined where the object could not have answered so. */
  step(state: S, input: I, output: O): S | undefined;
  /** Equal for equal states only. */
  keyOf(state: S): string;
}

interface Entry<I, O> {
  operation: Operation<I, O>;
  bit: bigint;
  /** Undefined: this is the return of a call. */
  returning?: Entry<I, O>;
  before?: Entry<I, O>;
  after?: Entry<I, O>;
}

/**
 * Looks for one order of the operations that the model allows, and in which none comes before one that had returned
 * before it was called (linearizability: Herlihy and Wing, 1990). The search is Wing and Gong's (1993), with Lowe's (2017)
 * memory of what was tried: which operations are placed, and the state that they came to.
 * @param history of one object, in any order; where two times are equal, the operations count as concurrent
 * @returns undefined where there is such an order; else the operation that the longest order tried could not place
 */
export function unexplained<S, I, O>(
  model: Model<S, I, O>,
  history: readonly Operation<I, O>[],
): Operation<I, O> | undefined {
  const head = entriesOf(history);
  const tried = new Set<string>();
  const placed: { entry: Entry<I, O>; state: S }[] = [];
  let [state, done] = [model.initial, 0n];
  let best = { length: -1, stuck: undefined as Operation<I, O> | undefined };
  for (let entry = head.after; head.after; ) {
    if (!entry!.returning) {
      if (placed.length > best.length) best = { length: placed.length, stuck: entry!.operation };
      const last = placed.pop(); // somebody returned who was not placed: the last choice was wrong
      if (!last) return best.stuck;
      restore(last.entry);
      [state, done, entry] = [last.state, done & ~last.entry.bit, last.entry.after];
      continue;
    }
    const { input, output } = entry!.operation;
    const next = model.step(state, input, output);
    const after = done | entry!.bit;
    const choice = next !== undefined && `${after.toString(36)} ${model.keyOf(next)}`;
    if (!choice || tried.has(choice)) {
      entry = entry!.after;
      continue;
    }
    tried.add(choice);
    placed.push({ entry: entry!, state });
    [state, done] = [next, after];
    take(entry!);
    entry = head.after;
  }
  return undefined;
}

/** Calls and returns as they followed each other, behind a head that is neither. */
function entriesOf<I, O>(history: readonly Operation<I, O>[]): Pick<Entry<I, O>, 'after'> {
  const entries = history.flatMap((operation, index) => {
    const returning: Entry<I, O> = { operation, bit: 1n << BigInt(index) };
    const calling = { ...returning, returning };
    return [
      { entry: calling, time: operation.called, late: 0 },
      { entry: returning, time: operation.returned, late: 1 },
    ];
  });
  entries.sort((a, b) => a.time - b.time || a.late - b.late);
  const head = {} as Entry<I, O>;
  let last = head;
  for (const { entry } of entries) {
    last.after = entry;
    entry.before = last;
    last = entry;
  }
  return head;
}

function take<I, O>(calling: Entry<I, O>): void {
  for (const entry of [calling, calling.returning!]) {
    entry.before!.after = entry.after;
    if (entry.after) entry.after.before = entry.before;
  }
}

/** The inverse of the `take` before it. */
function restore<I, O>(calling: Entry<I, O>): void {
  for (const entry of [calling.returning!, calling]) {
    entry.before!.after = entry;
    if (entry.after) entry.after.before = entry;
  }
}
