import type { Logger } from 'pino';
import { bell } from '../../../kernel/bell.ts';
import type { Lease } from '../../../kernel/lease.ts';
import type { Consumer } from './consumer.ts';
import type { AuditLog } from './log.ts';

/** Who writes the log in this process, where it is this one that does. */
export interface Writer {
  /** Begins where this process has the lease, and whenever it gets it. Throws where the first beginning fails. */
  start(): Promise<void>;
  /** What writes; undefined while another process does. */
  atWork(): AtWork | undefined;
  /** Why this process does not get to write, though it should. */
  trouble(): string | undefined;
  stop(): Promise<void>;
}

/** The bus's events, and the log that they go into. */
export interface AtWork {
  log: AuditLog;
  consumer: Consumer;
}

interface Parts {
  lease: Lease;
  logger: Logger;
  /** Makes a log that takes up the work where the last writer left it. */
  open(): Promise<AtWork>;
}

/** Looks so often whether it is to write, or tries again to, milliseconds. */
const looksEvery = 1_000;

/**
 * Of several processes one writes the log: it consumes every topic, sequences, signs and anchors. The others serve reads
 * and stand by. Two that write for a moment do no harm: the stream's version makes one of them late for each batch.
 */
export function writer({ lease, logger, open }: Parts): Writer {
  const wake = bell();
  let atWork: AtWork | undefined;
  let trouble: string | undefined;
  let isStopping = false;
  let running = Promise.resolve();

  async function end(): Promise<void> {
    const ended = atWork;
    atWork = undefined;
    await Promise.all([ended?.consumer.stop(), ended?.log.stop()]);
  }

  async function follow(): Promise<void> {
    if (!lease.held()) await end();
    else atWork ??= await open();
    trouble = undefined;
  }

  async function run(): Promise<void> {
    for (;;) {
      await wake.heard(looksEvery);
      if (isStopping) return end();
      await follow().catch((error) => {
        trouble = 'the audit log cannot be taken over now; it tries again';
        logger.error({ err: error }, trouble);
      });
    }
  }

  return {
    async start() {
      lease.onChange(wake.ring);
      await follow();
      running = run();
    },
    atWork: () => atWork,
    trouble: () => trouble,
    async stop() {
      isStopping = true;
      wake.ring();
      await running;
    },
  };
}
