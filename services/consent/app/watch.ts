import type { Clock } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Caller } from './caller.ts';
import type { Changes } from './changes.ts';
import type { Asked, Decisions, PatientDecision } from './decisions.ts';
import { streamOf } from './streams.ts';
import { suspensionStream } from './suspensions.ts';

/** Lets a long-lived view close, or open, by itself. */
export interface Watch {
  /**
   * The decision now, then each that differs from the one before, until the caller is gone. Whoever is slow misses what
   * came between and gets the newest. A failure ends it: what was permitted before is permitted no more.
   */
  watch(caller: Caller, patient: string, asked: Asked, signal: AbortSignal): AsyncIterable<Watched>;
  /** Ends every watch with Failure `unavailable`, so that it begins anew elsewhere. */
  close(): void;
}

export interface Watched {
  id: string;
  decision: PatientDecision;
}

interface Parts {
  decisions: Decisions;
  changes: Changes;
  clock: Clock;
  /** Asks again after so many milliseconds anyway: mandates end elsewhere, and a wake-up may be lost. */
  recheck: number;
}

export function watch({ decisions, changes, clock, recheck }: Parts): Watch {
  const closing = new AbortController();

  /** Milliseconds to the next time at which the clock alone could matter. */
  function patience({ actor }: Caller, { validUntil = Infinity }: PatientDecision): number {
    const next = Math.min(validUntil, actor ? actor.expires * 1000 : Infinity);
    return Math.max(0, Math.min(recheck, next - clock.now()));
  }

  function requireOpen({ actor }: Caller): void {
    if (closing.signal.aborted) throw new Failure('unavailable', 'The service stops: watch again.');
    if (actor && actor.expires * 1000 <= clock.now())
      throw new Failure('expired', 'The access token has expired; get a new one.');
  }

  return {
    async *watch(caller, patient, asked, signal) {
      if (!patient) throw new Failure('required', 'Say whose data it is about.', { expression: ['patient'] });
      const subject = asked.actor.subject || (caller.actor?.subject ?? '');
      const until = AbortSignal.any([signal, closing.signal]);
      const moves = bell();
      const leave = await changes.watch([streamOf(patient), suspensionStream(subject)], moves.ring);
      try {
        for (let told = ''; !signal.aborted; ) {
          requireOpen(caller);
          moves.quiet();
          const { id, decisions: decided } = await decisions.check(caller, [patient], asked);
          const decision = decided[0]!;
          const telling = contentOf(decision);
          if (telling !== told) yield { id, decision };
          told = telling;
          await moves.rung(patience(caller, decision), until);
        }
      } finally {
        leave();
      }
    },
    close: () => closing.abort(),
  };
}

/** What a caller could act on: not which version of the stream it rests on. */
const contentOf = ({ version: _, ...content }: PatientDecision): string => JSON.stringify(content);

/** Rung once or often, it is heard once; a ring that came while nobody listened is kept. */
function bell() {
  let isRung = false;
  let hear = (): void => {};
  return {
    ring: () => {
      isRung = true;
      hear();
    },
    quiet: () => {
      isRung = false;
    },
    /** Resolves when it rings, after so many milliseconds, or when the signal aborts. */
    async rung(milliseconds: number, signal: AbortSignal): Promise<void> {
      if (isRung || signal.aborted) return;
      const heard = Promise.withResolvers<void>();
      hear = heard.resolve;
      const timer = setTimeout(hear, milliseconds);
      signal.addEventListener('abort', hear, { once: true });
      await heard.promise;
      clearTimeout(timer);
      signal.removeEventListener('abort', hear);
    },
  };
}
