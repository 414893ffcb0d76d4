import type { SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import { type NoteSigner, noteSigner } from '../../../kernel/merkle/note.ts';
import type { Engines } from '../../../kernel/service.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import type { AuditConfig } from '../config.ts';
import type { CheckpointPublished, LogEvent } from '../domain/event.ts';
import { type Anchoring, anchoring } from './anchoring.ts';
import { originFor } from './origin.ts';
import { type Publisher, publisher } from './publisher.ts';
import { type Sequencer, sequencer } from './sequencer.ts';

/** How many entries have come how far. */
export interface LogSizes {
  /** Have a place, durably. */
  sequenced: number;
  /** Are in the tiles. */
  integrated: number;
  /** Are under a signed checkpoint. */
  published: number;
  /** Are on the ledger. */
  anchored: number;
}

/** The Merkle log: sequenced → integrated → published → anchored. */
export interface AuditLog extends Pick<Sequencer, 'add' | 'hurry'> {
  signer: NoteSigner;
  /** Takes up the work where it was left; the views must have caught up. */
  start(): Promise<void>;
  checkpoint(): CheckpointPublished | undefined;
  sizes(): LogSizes;
  /** What is wrong with the log, for its operator; undefined while nothing is. */
  problem(): string | undefined;
  report(problem: string): void;
  stop(): Promise<void>;
}

interface Parts {
  engines: Engines;
  config: AuditConfig;
  log: SealedStore<LogEvent>;
  projector: Projector<LogEvent>;
  keyring: Keyring;
}

/** Throws Failure `invalid` where LOG_ORIGIN is not the name that the log has. */
export async function auditLog({ engines, config, log, projector, keyring }: Parts): Promise<AuditLog> {
  const { views, ledger, keys, ids, clock, metrics, log: logger } = engines;
  const origin = await originFor(log, config);
  const signer = await noteSigner(origin, await keys.secret('audit/log', () => ids.bytes(32)));
  let problem: string | undefined;
  let stalled: string | undefined;

  function report(text: string): void {
    if (problem !== text) logger.error(text);
    problem ??= text;
  }

  const checkpoints: Publisher = publisher({ log, projector, views, signer, origin, onProblem: report });
  const anchors: Anchoring = anchoring({
    ...{ log, projector, views, ledger, clock, logger },
    registration: { origin, vkey: signer.vkey },
    retryMs: 100,
    observe: (seconds) => metrics.observe('healthchain_anchor_seconds', seconds),
    onProblem: report,
  });

  async function onGrowth(newest?: { batch: number; occurred: number[] }): Promise<void> {
    await checkpoints.publish();
    anchors.published(checkpoints.newest()!.batch, newest);
  }

  function onStall(error: unknown): void {
    stalled = error === undefined ? undefined : 'the audit log gets no further; it tries again';
    if (stalled) logger.error({ err: error }, stalled);
  }

  const entries = sequencer({
    log,
    projector,
    views,
    keyring,
    ids,
    interval: config.ANCHOR_INTERVAL_MS,
    onGrowth,
    onStall,
  });
  return {
    signer,
    add: entries.add,
    hurry: entries.hurry,
    async start() {
      await entries.open();
      await checkpoints.open();
      await anchors.start();
      await onGrowth();
    },
    checkpoint: checkpoints.newest,
    sizes: () => ({
      ...entries.sizes(),
      published: checkpoints.newest()?.size ?? 0,
      anchored: anchors.size(),
    }),
    problem: () => problem ?? stalled,
    report,
    async stop() {
      await entries.stop();
      await anchors.stop();
    },
  };
}
